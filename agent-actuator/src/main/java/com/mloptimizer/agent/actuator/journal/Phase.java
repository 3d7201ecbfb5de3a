package com.mloptimizer.agent.actuator.journal;

import java.util.Locale;

/** How far an action is. */
public enum Phase {
  ACCEPTED,
  RUNNING,
  FINISHED;

  /** As it stands in the object's status, for example {@code Accepted}. */
  public String label() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }

  static Phase of(String label) {
    for (Phase phase : values()) {
      if (phase.label().equals(label)) {
        return phase;
      }
    }
    return ACCEPTED; // Claimed, and its status was not written before the process ended.
  }
}
