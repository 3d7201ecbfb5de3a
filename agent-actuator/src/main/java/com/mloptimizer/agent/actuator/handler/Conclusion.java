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

  /** Something said no; nothing was touched. */
  public static Conclusion refused(RejectionReason reason, String message) {
    return new Conclusion(Outcome.REFUSED, reason, message, JsonNodeFactory.instance.objectNode());
  }

  /** A safety rule of the action said no; nothing was touched. */
  public static Conclusion unsafe(String message) {
    return refused(RejectionReason.UNSAFE, message);
  }

  /** The API server found a parameter invalid. */
  public static Conclusion invalid(String message) {
    return refused(RejectionReason.INVALID_PARAMETERS, message);
  }

  /** The same end for an action that has touched something, for which a refusal comes too late. */
  Conclusion afterWork(String text, ObjectNode report) {
    return outcome == Outcome.REFUSED
        ? of(Outcome.FAILED, text, report)
        : new Conclusion(outcome, reason, text, report);
  }
}
