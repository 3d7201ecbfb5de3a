package com.mloptimizer.agent.core.action;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An action's id: 1–63 characters of {@code [a-z0-9-]}, alphanumeric at both ends, so that it can
 * name the object that journals the action.
 */
public record ActionId(@JsonValue String value) {
  private static final Pattern SYNTAX = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /**
   * @throws IllegalArgumentException if the value is not an id
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ActionId {
    if (!SYNTAX.matcher(value).matches()) {
      throw new IllegalArgumentException("not an action id: 1-63 characters of [a-z0-9-] expected");
    }
  }

  /** The id that the text spells, if it spells one. */
  public static Optional<ActionId> of(String text) {
    return SYNTAX.matcher(text).matches() ? Optional.of(new ActionId(text)) : Optional.empty();
  }

  @Override
  public String toString() {
    return value;
  }
}
