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
  private static final long LEAST_GROWTH_BYTES = 2L << 20;

  private static final int GROWTH_DIVISOR = 5;

  /**
   * At least so much time between two: each one stops all threads for some tens of milliseconds.
   */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final LongSupplier heapBytes;
  private final Runnable collection;
  private final Ticker ticker;
  private long bytesAfterLast;
  private long lastNanos;

  /**
   * An upkeep for this heap.
   *
   * @param heapBytes how much memory the heap takes from the system now
   * @param collection collects all of it and gives back what is left over
   */
  HeapUpkeep(LongSupplier heapBytes, Runnable collection, Ticker ticker) {
    this.heapBytes = heapBytes;
    this.collection = collection;
    this.ticker = ticker;
    this.bytesAfterLast = heapBytes.getAsLong();
    this.lastNanos = ticker.nanos();
  }

  /** Of this process. */
  static HeapUpkeep ofThisProcess(Ticker ticker) {
    return new HeapUpkeep(Runtime.getRuntime()::totalMemory, System::gc, ticker);
  }

  /** Collects if the heap has grown since the last time; to be called now and then. */
  void check() {
    long growth = heapBytes.getAsLong() - bytesAfterLast;
    long now = ticker.nanos();
    if (growth > Math.max(LEAST_GROWTH_BYTES, bytesAfterLast / GROWTH_DIVISOR)
        && now - lastNanos >= PAUSE.toNanos()) {
      collection.run();
      bytesAfterLast = heapBytes.getAsLong();
      lastNanos = now;
    }
  }
}
