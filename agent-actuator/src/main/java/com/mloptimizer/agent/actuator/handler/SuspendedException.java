package com.mloptimizer.agent.actuator.handler;

/** The agent stops while the action waits: whoever starts next goes on from the journal. */
public final class SuspendedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The agent stops. */
  public SuspendedException() {
    super("suspended", null, false, false);
  }
}
