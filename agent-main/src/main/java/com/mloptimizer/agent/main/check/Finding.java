package com.mloptimizer.agent.main.check;

/**
 * What one check found.
 *
 * @param subject what was looked at
 * @param state how it is
 * @param detail what was found, or what to do
 */
public record Finding(String subject, State state, String detail) {

  /** Whether it is as it should be. */
  public enum State {
    OK,
    MISSING
  }

  static Finding ok(String subject, String detail) {
    return new Finding(subject, State.OK, detail);
  }

  static Finding missing(String subject, String whatToDo) {
    return new Finding(subject, State.MISSING, whatToDo);
  }
}
