package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.Target;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Lets claimed actions run: one after the other for each target, several targets at once. Cancels,
 * and what they cancel before it began, don't queue behind the actions but go by a way of their
 * own.
 */
final class Dispatcher {
  private static final int EXPRESS_PARALLELISM = 4;

  private final TargetQueues<Job> actions;
  private final TargetQueues<Job> express = new TargetQueues<>(EXPRESS_PARALLELISM, this::run);
  private final InHand inHand;
  private final WaitingRoom room;
  private final Consumer<Job> runner;

  /** Dispatches to this runner. */
  Dispatcher(int parallelism, InHand inHand, WaitingRoom room, Consumer<Job> runner) {
    this.actions = new TargetQueues<>(parallelism, this::run);
    this.inHand = inHand;
    this.room = room;
    this.runner = runner;
    actions.start();
    express.start();
  }

  /** Lines up an action that is in the journal and in hand; returns at once. */
  void dispatch(Job job, JournalEntry entry) {
    if (entry.cancelledBy() != null) {
      job.clearance().cancel(entry.cancelledBy());
    }
    job.claimed(entry);
    Target target = job.action().target();
    if (job.isCancel()) {
      express.submit(expressTarget(job), job);
      return;
    }
    actions.submit(target, job);
    if (job.clearance().cancelledBy().isPresent()) {
      expedite(job);
    }
  }

  /** Cancels an action: one that waits has its turn now, to end without having begun. */
  void cancel(Job job, ActionId by) {
    job.clearance().cancel(by);
    expedite(job);
  }

  /**
   * Called by an action that only waits from now on, so that another one can run. It counts as one
   * that waits, so that there are never more than there is room for; again is fine.
   */
  void park(Job job) {
    room.enterAnyway(job);
    actions.park(job.action().target(), job);
    express.park(expressTarget(job), job);
  }

  /** Called by an action that has waited: whether it may go on. If not, it is to ask again soon. */
  boolean tryUnpark(Job job) {
    boolean hasTurn =
        actions.tryUnpark(job.action().target(), job) && express.tryUnpark(expressTarget(job), job);
    if (hasTurn) {
      room.leave(job);
    }
    return hasTurn;
  }

  /**
   * One that has begun keeps its turn: it has something to tidy up before the next on its target.
   */
  private void expedite(Job job) {
    if (!job.hasBegun() && actions.withdraw(job.action().target(), job)) {
      express.submit(expressTarget(job), job);
    }
  }

  /** A cancel comes before what it cancels, for it has the same. */
  private static Target expressTarget(Job job) {
    return job.isCancel() ? job.action().target() : Target.action(job.id());
  }

  /** Starts nothing more; what has not begun is in the journal. */
  void shutdown() {
    actions.shutdown();
    express.shutdown();
  }

  /** Waits for what runs. */
  void awaitEnd(Duration atMost) throws InterruptedException {
    actions.awaitEnd(atMost);
    express.awaitEnd(Duration.ZERO);
  }

  private void run(Job job) {
    room.leave(job);
    try {
      runner.accept(job);
    } finally {
      room.leave(job); // It may have ended while it was parked.
      inHand.remove(job);
    }
  }
}
