package com.mloptimizer.agent.actuator.handler;

/** Ends a handler from within: what it was to do has a conclusion already. */
public final class ActionEndedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Conclusion conclusion;

  ActionEndedException(Conclusion conclusion) {
    super(conclusion.message(), null, false, false);
    this.conclusion = conclusion;
  }

  /** The conclusion. */
  public Conclusion conclusion() {
    return conclusion;
  }
}
