package com.mloptimizer.agent.actuator.guardrail;

import java.util.Locale;

/** The guardrails there are; most have the name of the setting that configures them. */
public enum GuardrailRule {
  ALLOWED_ACTIONS,
  PROTECTED_NAMESPACES,
  PROTECTED_SELECTOR,
  /** The agent's own namespace and pods. */
  OWN_NAMESPACE,
  MAX_CONCURRENT_DRAINS,
  MAX_EVICTIONS_PER_MINUTE,
  MAX_UNAVAILABLE_NODES,
  MAX_REPLICAS,
  FREEZE_SCHEDULES,
  /** The kill switch. */
  PAUSED;

  /** As messages, details and metrics have it, for example {@code max_replicas}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
