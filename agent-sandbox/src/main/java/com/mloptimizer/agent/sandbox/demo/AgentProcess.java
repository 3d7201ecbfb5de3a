package com.mloptimizer.agent.sandbox.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The agent as a process of its own: started by its launcher, ended by SIGTERM. */
public final class AgentProcess implements AutoCloseable {
  /** What the agent promises for its end, and a little. */
  private static final Duration STOP_TIME = Duration.ofSeconds(27);

  private final Process process;
  private final Path log;
  private final int httpPort;

  private AgentProcess(Process process, Path log, int httpPort) {
    this.process = process;
    this.log = log;
    this.httpPort = httpPort;
  }

  /**
   * Starts {@code bin/agent run}.
   *
   * @param launcher {@code bin/agent}
   * @param environment the agent's variables, all of them; nothing of this process' own is left
   * @param log gets what the agent prints
   */
  public static AgentProcess start(Path launcher, Map<String, String> environment, Path log)
      throws IOException {
    int httpPort = freePort();
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString(), "run")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> !isNeededByJava(name));
    builder.environment().putAll(environment);
    builder.environment().put("HTTP_PORT", Integer.toString(httpPort));
    return new AgentProcess(builder.start(), log, httpPort);
  }

  /** Where the agent answers {@code /healthz} and its like. */
  public int httpPort() {
    return httpPort;
  }

  /** What the agent printed so far stands there. */
  public Path log() {
    return log;
  }

  /** The process, for signals. */
  public Process process() {
    return process;
  }

  /** Waits until the agent ends by itself. */
  public int await() throws InterruptedException {
    return process.waitFor();
  }

  /** Asks the agent to end, and kills it if it does not. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isNeededByJava(String name) {
    return name.equals("PATH") || name.equals("JAVA_HOME") || name.equals("HOME");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
