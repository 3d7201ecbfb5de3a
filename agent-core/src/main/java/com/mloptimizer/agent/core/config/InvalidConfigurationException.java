package com.mloptimizer.agent.core.config;

import java.util.List;

/** The configuration cannot be used; says everything that is wrong with it at once. */
public final class InvalidConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param problems one sentence each, that says what to do
   */
  public InvalidConfigurationException(List<String> problems) {
    super(
        (problems.size() == 1 ? "1 problem" : problems.size() + " problems")
            + " in the configuration:\n  "
            + String.join("\n  ", problems));
  }
}
