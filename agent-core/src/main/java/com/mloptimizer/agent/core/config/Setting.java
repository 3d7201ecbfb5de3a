package com.mloptimizer.agent.core.config;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What a variable is set to, for people to look at.
 *
 * @param name the variable's
 * @param value as it was given, {@code ***} if it is a secret; empty if nothing stands in for it
 * @param origin where it came from
 */
public record Setting(String name, String value, Origin origin) {

  /** Where a value came from. */
  public enum Origin {
    FLAG,
    ENVIRONMENT,
    FILE,
    /** Nobody said. */
    DEFAULT,
    /** The backend's signed configuration. */
    REMOTE;

    /** The name in JSON, for example {@code environment}. */
    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
