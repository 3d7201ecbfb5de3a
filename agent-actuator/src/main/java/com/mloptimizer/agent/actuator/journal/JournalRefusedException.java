package com.mloptimizer.agent.actuator.journal;

import java.io.IOException;

/**
 * The API server does not let this be done with this object, and will not until somebody changes
 * something: a permission, a policy, the object. Of other objects it says nothing.
 */
public final class JournalRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  JournalRefusedException(String message) {
    super(message);
  }
}
