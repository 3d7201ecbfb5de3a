package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BiConsumer;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a handler may know of its circumstances.
 *
 * @param action whose circumstances these are
 * @param dryRun whether to plan only
 * @param deadline when to end and to report what was done
 * @param clock the time
 * @param stop asked for when the agent is about to end
 * @param progress told how far the action is
 */
public record ActionContext(
    ActionId action,
    boolean dryRun,
    Instant deadline,
    InstantSource clock,
    StopSignal stop,
    BiConsumer<String, ObjectNode> progress) {

  /** Tells the backend how far the action is. */
  public void progress(String message) {
    progress.accept(message, JsonNodeFactory.instance.objectNode());
  }

  /** Whether the deadline has passed. */
  public boolean isPastDeadline() {
    return !clock.instant().isBefore(deadline);
  }

  /** Time until the deadline; zero if it has passed. */
  public Duration remaining() {
    Duration remaining = Duration.between(clock.instant(), deadline);
    return remaining.isNegative() ? Duration.ZERO : remaining;
  }

  /** The same circumstances with an earlier deadline, if the one given is earlier. */
  public ActionContext until(Instant earlier) {
    return earlier.isBefore(deadline) ? withDeadline(earlier) : this;
  }

  /** The same circumstances with another deadline, for what must be tidied up after the first. */
  public ActionContext withDeadline(Instant other) {
    return new ActionContext(action, dryRun, other, clock, stop, progress);
  }

  /**
   * Waits; the point at which an action can be suspended.
   *
   * @throws SuspendedException if the agent stops
   * @throws ActionEndedException if the deadline comes first
   */
  public void pause(Duration time, String waitingFor)
      throws InterruptedException, SuspendedException, ActionEndedException {
    Duration remaining = remaining();
    if (stop.await(time.compareTo(remaining) < 0 ? time : remaining)) {
      throw new SuspendedException();
    }
    if (isPastDeadline()) {
      throw new ActionEndedException(
          Conclusion.of(Outcome.TIMED_OUT, "deadline passed while waiting for " + waitingFor));
    }
  }
}
