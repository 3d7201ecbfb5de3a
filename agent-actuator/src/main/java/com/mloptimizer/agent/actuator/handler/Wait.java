package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Waits until a change that was made has taken effect. The change stands however the wait ends: its
 * details stay in the conclusion, with how far it got.
 */
final class Wait {
  private final ClusterCalls calls;
  private final ActionContext context;
  private final String what;

  /**
   * A wait that begins now.
   *
   * @param what is waited for, in messages and details
   * @param atMost how long; the action's deadline holds all the same
   */
  Wait(String what, Duration atMost, ClusterCalls calls, ActionContext context) {
    this.what = what;
    this.context = context.until(context.clock().instant().plus(atMost));
    this.calls = calls.within(this.context);
  }

  /**
   * Looks until the status says that it is complete or failed, or the time is over.
   *
   * @param changed how the change itself ended
   */
  Conclusion until(ResourcePath path, Conclusion changed, Function<LiveObject, RolloutStatus> judge)
      throws SuspendedException, InterruptedException {
    String last = "nothing was seen of it";
    LookDelay look = new LookDelay();
    try {
      while (true) {
        Optional<JsonNode> found = calls.get(path);
        if (found.isEmpty()) {
          return ended(changed, Outcome.FAILED, "it was deleted meanwhile");
        }
        RolloutStatus status = judge.apply(new LiveObject(found.get()));
        last = status.message();
        if (status instanceof RolloutStatus.Complete) {
          changed.details().put(what, last);
          return changed;
        }
        if (status instanceof RolloutStatus.Failed) {
          return ended(changed, Outcome.FAILED, last);
        }
        context.pause(look.next(), "the " + what);
      }
    } catch (ActionEndedException e) {
      boolean late = e.conclusion().outcome() == Outcome.TIMED_OUT;
      return ended(
          changed,
          e.conclusion(),
          late ? "not complete in time: " + last : e.conclusion().message());
    }
  }

  private Conclusion ended(Conclusion changed, Outcome outcome, String why) {
    return ended(changed, Conclusion.of(outcome, why), why);
  }

  private Conclusion ended(Conclusion changed, Conclusion end, String why) {
    changed.details().put(what, why);
    return end.afterWork(changed.message() + ", but " + why, changed.details());
  }
}
