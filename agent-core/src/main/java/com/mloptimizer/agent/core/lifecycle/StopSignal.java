package com.mloptimizer.agent.core.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells a loop to end; also what it waits on between its rounds. Safe for use by several threads.
 */
public final class StopSignal {
  private final CountDownLatch requested = new CountDownLatch(1);

  /** Asks the loop to end; again does nothing. */
  public void request() {
    requested.countDown();
  }

  /** Whether the loop is to end. */
  public boolean isRequested() {
    return requested.getCount() == 0;
  }

  /**
   * Waits until the loop is to end, but no longer than the time given.
   *
   * @return whether the loop is to end
   */
  public boolean await(Duration atMost) throws InterruptedException {
    return requested.await(TimeUnit.NANOSECONDS.convert(atMost), TimeUnit.NANOSECONDS);
  }
}
