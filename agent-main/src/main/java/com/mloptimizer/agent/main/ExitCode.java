package com.mloptimizer.agent.main;

/** How the process ends. */
final class ExitCode {
  /** Everything is as it should be; also after SIGTERM. */
  static final int OK = 0;

  /**
   * Something is missing ({@code check}), the agent is not ready ({@code status}), or it failed.
   */
  static final int FAILED = 1;

  /** The command line, the configuration or the kubeconfig cannot be used. */
  static final int USAGE = 2;

  /**
   * The cluster refused the credentials. The JVM's own code for {@code -XX:+ExitOnOutOfMemoryError}
   * is the same; its last line then is {@code Terminating due to java.lang.OutOfMemoryError}.
   */
  static final int UNAUTHORIZED = 3;

  /** Another replica leads or may lead: this process could not renew its lease in time. */
  static final int LEADERSHIP_LOST = 4;

  private ExitCode() {}
}
