package com.mloptimizer.agent.core.kubernetes;

import java.io.Serial;

/** The configuration doesn't lead to an API server; the message says why and what to do. */
public final class KubernetesConfigurationException extends Exception {

  @Serial private static final long serialVersionUID = 1L;

  KubernetesConfigurationException(String message) {
    super(message);
  }

  KubernetesConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
