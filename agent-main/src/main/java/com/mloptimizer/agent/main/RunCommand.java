package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.config.AgentConfiguration;
import com.mloptimizer.agent.core.kubernetes.KubernetesConfigurationException;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.main.logging.AgentLogging;
import com.mloptimizer.agent.main.supervisor.Supervisor.Ending;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs the agent. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    modelTransformer = ConfigurationFlags.class,
    description = {
      "Runs the agent until SIGTERM or SIGINT, which it answers with exit code 0.",
      "Exit code 4 if it lost the leadership: then it wants to be started anew."
    })
final class RunCommand implements Callable<Integer> {
  /** Less than the 30 s that Kubernetes grants between SIGTERM and SIGKILL. */
  private static final Duration STOP_TIME = Duration.ofSeconds(25);

  @Spec private CommandSpec spec;

  RunCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException, KubernetesConfigurationException {
    Connections connections = Connections.open(spec.commandLine().getParseResult());
    AgentConfiguration configuration = connections.configuration();
    AgentLogging logging =
        AgentLogging.configure(configuration.logFormat(), configuration.tunables().logLevel());
    StopSignal stop = new StopSignal();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("shutdown").unstarted(() -> shutDown(stop, ended, logging)));
    try (Agent agent = Agent.assemble(connections, logging)) {
      return switch (agent.run(stop)) {
        case Ending.STOPPED -> ExitCode.OK;
        case Ending.LEADERSHIP_LOST -> ExitCode.LEADERSHIP_LOST;
      };
    } finally {
      ended.countDown();
    }
  }

  /** A JVM that ends by a signal has the signal's exit code, unless it is halted with another. */
  private static void shutDown(StopSignal stop, CountDownLatch ended, AgentLogging logging) {
    if (ended.getCount() == 0) {
      return; // Nobody sent a signal: the command has ended with an exit code of its own.
    }
    stop.request();
    boolean inTime = false;
    try {
      inTime = ended.await(STOP_TIME.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    logging.close();
    Runtime.getRuntime().halt(inTime ? ExitCode.OK : ExitCode.FAILED);
  }
}
