package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a handler ended.
 *
 * @param reason accompanies a refusal, null otherwise
 */
public record Conclusion(
    Outcome outcome, @Nullable RejectionReason reason, String message, ObjectNode details) {

  /** Whether the cluster is as the action wants it, or will be once controllers have followed. */
  boolean stands() {
    return outcome == Outcome.CHANGED || outcome == Outcome.NO_CHANGE;
  }

  /** An end that is not a refusal. */
  public static Conclusion of(Outcome outcome, String message) {
    return of(outcome, message, JsonNodeFactory.instance.objectNode());
  }

  /** An end that is not a refusal. */
  public static Conclusion of(Outcome outcome, String message, ObjectNode details) {
    return new Conclusion(outcome, null, message, details);
  }

  /** A safety rule of the action said no; nothing was touched. */
  public static Conclusion unsafe(String message) {
    return unsafe(message, JsonNodeFactory.instance.objectNode());
  }

  /** A safety rule of the action said no; nothing was touched. */
  public static Conclusion unsafe(String message, ObjectNode details) {
    return new Conclusion(Outcome.REFUSED, RejectionReason.UNSAFE, message, details);
  }

  /** The API server found a parameter invalid. */
  public static Conclusion invalid(String message) {
    return new Conclusion(
        Outcome.REFUSED,
        RejectionReason.INVALID_PARAMETERS,
        message,
        JsonNodeFactory.instance.objectNode());
  }
}
