package com.mloptimizer.agent.core.action;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How an action ended. */
public enum Outcome {
  CHANGED(true),
  NO_CHANGE(true),
  /** A dry run: what would have been done is in the details. */
  PLANNED(true),
  /** A guardrail or a safety rule said no; nothing was touched. */
  REFUSED(false),
  /** A disruption budget never allowed it. */
  BLOCKED(false),
  /** The object of that name is not the one that was meant. */
  STALE_TARGET(false),
  /** This cluster cannot do it. */
  UNSUPPORTED(false),
  FAILED(false),
  TIMED_OUT(false),
  CANCELLED(false);

  private final boolean success;

  Outcome(boolean success) {
    this.success = success;
  }

  /** Whether the backend may count the action as done. */
  public boolean isSuccess() {
    return success;
  }

  /** The name on the wire, for example {@code no_change}. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
