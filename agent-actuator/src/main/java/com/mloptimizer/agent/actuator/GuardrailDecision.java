package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.actuator.guardrail.Violation;
import com.mloptimizer.agent.actuator.handler.Conclusion;
import com.mloptimizer.agent.core.action.RejectionReason;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/**
 * What the guardrails decided about an action that is about to run.
 *
 * @param permit holds the action while it runs, until it is closed
 * @param end how the action is to end, with nothing more being done; null if it may run
 * @param warnings what would refuse a dry run, were it none
 */
record GuardrailDecision(ActionPermit permit, @Nullable Conclusion end, List<Violation> warnings)
    implements AutoCloseable {
  GuardrailDecision {
    warnings = List.copyOf(warnings);
  }

  static GuardrailDecision permitted(ActionPermit permit) {
    return new GuardrailDecision(permit, null, List.of());
  }

  /** The plan of this dry run is to name these. */
  static GuardrailDecision planning(ActionPermit permit, List<Violation> warnings) {
    return new GuardrailDecision(permit, null, warnings);
  }

  /** The configuration of this agent says no. */
  static GuardrailDecision refused(String why) {
    return ended(refusal(why));
  }

  /** How an action ends to which the configuration of this agent says no. */
  static Conclusion refusal(String why) {
    return Conclusion.refused(RejectionReason.NOT_PERMITTED, why);
  }

  /** The action is to end like this. */
  static GuardrailDecision ended(Conclusion conclusion) {
    return new GuardrailDecision(ActionPermit.unlimited(), conclusion, List.of());
  }

  Optional<Conclusion> ifEnded() {
    return Optional.ofNullable(end);
  }

  /** The conclusion with what would have refused the action. */
  Conclusion annotated(Conclusion conclusion) {
    if (warnings.isEmpty()) {
      return conclusion;
    }
    ArrayNode guardrails = conclusion.details().putArray("guardrails");
    for (Violation warning : warnings) {
      guardrails.addObject().put("rule", warning.rule().label()).put("message", warning.why());
    }
    String all = warnings.stream().map(Violation::toString).collect(Collectors.joining("; "));
    return new Conclusion(
        conclusion.outcome(),
        conclusion.reason(),
        conclusion.message() + "; not now: " + all,
        conclusion.details());
  }

  @Override
  public void close() {
    permit.close();
  }
}
