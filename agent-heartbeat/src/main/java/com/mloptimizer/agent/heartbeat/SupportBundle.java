package com.mloptimizer.agent.heartbeat;

import java.io.IOException;

/** Makes the archive that somebody attaches to a question. */
@FunctionalInterface
public interface SupportBundle {

  /**
   * Everything that helps to understand this agent, as a ZIP file, without a secret in it. Called
   * by one thread at a time.
   *
   * @param status as {@code /status} gives it
   * @param metrics as {@code /metrics} gives them
   * @throws IOException if it cannot be made
   */
  byte[] zip(byte[] status, byte[] metrics) throws IOException;
}
