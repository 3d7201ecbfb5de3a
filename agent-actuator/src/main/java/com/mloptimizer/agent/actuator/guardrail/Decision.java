package com.mloptimizer.agent.actuator.guardrail;

import java.time.Duration;

/** What the guardrails say to an action that wants to begin. */
public sealed interface Decision {

  /** It may begin. */
  record Permitted(ActionPermit permit) implements Decision {}

  /** It may not. */
  record Refused(Violation violation) implements Decision {}

  /** Not yet: ask again after that time. */
  record Wait(Duration time, String waitingFor) implements Decision {}
}
