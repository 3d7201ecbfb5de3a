package com.mloptimizer.agent.actuator.guardrail;

import java.io.IOException;

/** The API server does not let the agent read what a guardrail needs to know. */
public final class ForbiddenReadException extends IOException {
  private static final long serialVersionUID = 1L;

  ForbiddenReadException(String message) {
    super(message);
  }
}
