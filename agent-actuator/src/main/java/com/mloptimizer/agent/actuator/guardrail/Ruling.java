package com.mloptimizer.agent.actuator.guardrail;

import java.time.Duration;

/** What the guardrails say to an action that wants to begin. */
public sealed interface Ruling {

  /** It may begin. */
  record Permitted(ActionPermit permit) implements Ruling {}

  /** It may not. */
  record Refused(Violation violation) implements Ruling {}

  /**
   * Not yet: ask again after that time.
   *
   * @param inLine whether others are before it, which may take long: it needs no turn meanwhile
   */
  record Wait(Duration time, String waitingFor, boolean inLine) implements Ruling {}
}
