package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether an action may write: not before the journal says that it runs, and no more once it was
 * cancelled. It may read meanwhile. Safe for use by several threads.
 */
public final class Clearance {
  private final CountDownLatch given = new CountDownLatch(1);
  private volatile @Nullable ActionId cancelledBy;
  private volatile @Nullable Conclusion withdrawn;

  /** A clearance that is given already. */
  public static Clearance ofAll() {
    Clearance clearance = new Clearance();
    clearance.give();
    return clearance;
  }

  /** The journal says that the action runs. */
  public void give() {
    given.countDown();
  }

  /** Another action cancels this one. */
  public void cancel(ActionId by) {
    cancelledBy = by;
    withdraw(Conclusion.of(Outcome.CANCELLED, "cancelled by action " + by));
  }

  /** The action is to end like this instead of writing anything more. */
  public void withdraw(Conclusion conclusion) {
    withdrawn = conclusion;
  }

  /** How the action is to end; empty if it may go on. */
  public Optional<Conclusion> withdrawn() {
    return Optional.ofNullable(withdrawn);
  }

  /** The action that cancelled this one; empty if none did. */
  public Optional<ActionId> cancelledBy() {
    return Optional.ofNullable(cancelledBy);
  }

  boolean await(Duration atMost) throws InterruptedException {
    return given.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  void requireNotWithdrawn() throws ActionEndedException {
    @Nullable Conclusion conclusion = withdrawn;
    if (conclusion != null) {
      throw new ActionEndedException(conclusion);
    }
  }
}
