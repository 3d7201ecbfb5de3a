package com.mloptimizer.agent.main;

import com.mloptimizer.agent.main.support.StatusText;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shows how a running agent is. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Asks a running agent how it is, and prints what its status page shows.",
      "Exit code 0 if it is ready, 1 if not."
    })
final class StatusCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Spec private CommandSpec spec;
  @Mixin private RunningAgent agent = new RunningAgent();

  StatusCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    try {
      JsonNode status = new JsonMapper().readTree(agent.get("/status", TIMEOUT));
      PrintWriter out = spec.commandLine().getOut();
      out.print(new StatusText(status));
      out.flush();
      return status.path("ready").asBoolean(false) ? ExitCode.OK : ExitCode.FAILED;
    } catch (RunningAgent.UnansweredException e) {
      return failed(String.valueOf(e.getMessage()));
    } catch (JacksonException e) {
      return failed("the answer is no JSON; is that an agent's HTTP port?");
    }
  }

  private int failed(String why) {
    spec.commandLine().getErr().println(why);
    return ExitCode.FAILED;
  }
}
