package com.mloptimizer.agent.core.config;

/** A text that must not be seen: it has no equality, and prints as {@code ***}. */
public final class Secret {
  private final String value;

  /** Hides the value. */
  public Secret(String value) {
    this.value = value;
  }

  /** The value, for the one place that needs it. */
  public String reveal() {
    return value;
  }

  @Override
  public String toString() {
    return "***";
  }
}
