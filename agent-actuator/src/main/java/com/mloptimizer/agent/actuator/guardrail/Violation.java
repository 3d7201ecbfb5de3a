package com.mloptimizer.agent.actuator.guardrail;

/**
 * What a guardrail has against an action.
 *
 * @param why one clause for a person, without the rule's name
 */
public record Violation(GuardrailRule rule, String why) {

  /** For example {@code guardrail max_replicas: 500 are more than 100}. */
  @Override
  public String toString() {
    return "guardrail " + rule.label() + ": " + why;
  }
}
