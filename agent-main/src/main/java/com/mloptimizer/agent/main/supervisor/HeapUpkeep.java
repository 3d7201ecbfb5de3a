package com.mloptimizer.agent.main.supervisor;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps the heap near what lives in it. The serial collector leaves its old generation alone until
 * that cannot grow any more, so a process that makes a little old garbage with each collection of
 * metrics would in the end take all that {@code -Xmx} allows.
 */
final class HeapUpkeep {
  /** Growth that is let pass: this much, or this share of the heap as it was. */
  private static final long LEAST_GROWTH_BYTES = 1L << 20;

  private static final int GROWTH_DIVISOR = 5;

  /**
   * At least so much time between two: each one stops all threads for some tens of milliseconds.
   */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** After so long without one it is time anyway: only a full one finds out that less lives. */
  private static final Duration REGULARLY = Duration.ofMinutes(30);

  private final LongSupplier heapBytes;
  private final Runnable fullGc;
  private final Ticker ticker;
  private long bytesAfterLast;
  private long lastNanos;

  /**
   * An upkeep for this heap.
   *
   * @param heapBytes how much memory the heap takes from the system now
   * @param fullGc collects all of the heap's garbage and gives back what is left over
   */
  HeapUpkeep(LongSupplier heapBytes, Runnable fullGc, Ticker ticker) {
    this.heapBytes = heapBytes;
    this.fullGc = fullGc;
    this.ticker = ticker;
    this.bytesAfterLast = heapBytes.getAsLong();
    this.lastNanos = ticker.nanos();
  }

  /** Of this process. */
  static HeapUpkeep ofThisProcess(Ticker ticker) {
    return new HeapUpkeep(Runtime.getRuntime()::totalMemory, System::gc, ticker);
  }

  /** A full collection if the heap has grown, or if the last one was long ago; call it often. */
  void check() {
    long now = ticker.nanos();
    long sinceLast = now - lastNanos;
    if ((hasGrown() && sinceLast >= PAUSE.toNanos()) || sinceLast >= REGULARLY.toNanos()) {
      fullGc.run();
      bytesAfterLast = heapBytes.getAsLong();
      lastNanos = now;
    }
  }

  private boolean hasGrown() {
    long growth = heapBytes.getAsLong() - bytesAfterLast;
    return growth > Math.max(LEAST_GROWTH_BYTES, bytesAfterLast / GROWTH_DIVISOR);
  }
}
