package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import java.time.Duration;

/** A result to tell the backend. For use by one thread at a time. */
final class QueuedResult {
  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final ActionId id;
  private final ActionResult result;
  private final boolean journaled;
  private int failures;
  private long takenBefore;
  private Duration pause = Duration.ZERO;
  private long dueNanos;

  /**
   * One that was not tried yet.
   *
   * @param journaled whether the journal has it and waits for the mark
   */
  QueuedResult(ActionId id, ActionResult result, boolean journaled) {
    this.id = id;
    this.result = result;
    this.journaled = journaled;
  }

  ActionId id() {
    return id;
  }

  ActionResult result() {
    return result;
  }

  boolean isJournaled() {
    return journaled;
  }

  /** How often the backend did not take it. */
  int failures() {
    return failures;
  }

  /**
   * The backend did not take it.
   *
   * @param taken how many others it had taken until then
   */
  void failed(long taken) {
    failures++;
    takenBefore = taken;
  }

  /** Whether it is its own fault, as far as one can tell: others were taken since it failed. */
  boolean isOdd(long taken) {
    return pause.isPositive() || (failures > 0 && taken != takenBefore);
  }

  /** Has it pause for longer than the last time. */
  Duration pauseLonger() {
    Duration longer = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    return pause;
  }

  long dueNanos() {
    return dueNanos;
  }

  void dueAt(long nanos) {
    dueNanos = nanos;
  }
}
