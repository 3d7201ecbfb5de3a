package com.mloptimizer.agent.actuator;

import java.util.HashSet;
import java.util.Set;

/**
 * Bounds how many actions wait, from the moment they are let in until they begin. Cancels have a
 * few places of their own, so that a full room can be emptied, and so has what is only to be
 * refused, so that it takes nobody's place. Safe for use by several threads.
 */
final class WaitingRoom {
  private static final int CANCELS = 32;
  private static final int REFUSALS = 64;

  private final int capacity;
  private final ActuatorMetrics metrics;

  // All guarded by this.
  private final Set<Job> actions = new HashSet<>();
  private final Set<Job> cancels = new HashSet<>();
  private int refusals;

  WaitingRoom(int capacity, ActuatorMetrics metrics) {
    this.capacity = capacity;
    this.metrics = metrics;
  }

  /** Lets the job in if there is room. */
  synchronized boolean enter(Job job) {
    if (job.isCancel() ? cancels.size() >= CANCELS : actions.size() >= capacity) {
      return false;
    }
    enterAnyway(job);
    return true;
  }

  /** Lets a job in that was accepted before, by this process or by another one. */
  synchronized void enterAnyway(Job job) {
    (job.isCancel() ? cancels : actions).add(job);
    metrics.waiting(actions.size() + cancels.size());
  }

  /** Lets something in that waits only to be refused, if there is room. */
  synchronized boolean enterToBeRefused() {
    if (refusals >= REFUSALS) {
      return false;
    }
    refusals++;
    return true;
  }

  /** What was let in to be refused has its answer; once for each. */
  synchronized void leaveRefused() {
    refusals--;
  }

  /** The job waits no longer; again is fine. */
  synchronized void leave(Job job) {
    actions.remove(job);
    cancels.remove(job);
    metrics.waiting(actions.size() + cancels.size());
  }
}
