package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Writes what no action waits for: that a result was reported, the Event on a target. One after the
 * other and with a pause between two, so that a burst of actions has the API server to itself; the
 * more there is to write the shorter the pause, so that actions that never cease do not leave it
 * behind for good. When the process ends some of it may be lost: a result whose mark is lost is
 * told once more, an Event is not written at all. Safe for use by several threads.
 */
final class WriteBehind {
  /** Beyond that the oldest would be of no interest. */
  private static final int CAPACITY = 10_000;

  /** More than a burst's results and Events: from here on there is no pause at all. */
  private static final int PRESSING = 5_000;

  private static final Duration PAUSE = Duration.ofMillis(20);

  /** While there are actions, which go first. */
  private static final Duration BUSY_PAUSE = Duration.ofMillis(500);

  private final BlockingQueue<Runnable> writes = new LinkedBlockingQueue<>(CAPACITY);

  private final StopSignal draining = new StopSignal();
  private final BooleanSupplier busy;

  /**
   * Nothing is written before {@link #run}.
   *
   * @param busy whether there are actions, waiting or under way
   */
  WriteBehind(BooleanSupplier busy) {
    this.busy = busy;
  }

  /** Takes a write that does not fail; returns at once, false if there is no room. */
  boolean submit(Runnable write) {
    return writes.offer(write);
  }

  /** Writes until it is interrupted. */
  void run() throws InterruptedException {
    while (true) {
      writes.take().run();
      draining.await(pause(busy.getAsBoolean(), writes.size())); // Not at all once it drains.
    }
  }

  /** How long to wait before the next of so many writes. */
  static Duration pause(boolean busy, int backlog) {
    Duration longest = busy ? BUSY_PAUSE : PAUSE;
    return longest.multipliedBy(Math.max(0, PRESSING - backlog)).dividedBy(PRESSING);
  }

  /** Goes on without pauses until what is here is written, but no longer than that. */
  void drain(Duration atMost) throws InterruptedException {
    draining.request();
    CountDownLatch drained = new CountDownLatch(1);
    if (submit(drained::countDown)) {
      drained.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
