package com.mloptimizer.agent.core.action;

/** Unwinds the parsing of an action; never leaves the package. */
final class InvalidActionException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;
  private final String text;

  InvalidActionException(RejectionReason reason, String text) {
    super(text, null, false, false);
    this.reason = reason;
    this.text = text;
  }

  RejectionReason reason() {
    return reason;
  }

  String text() {
    return text;
  }
}
