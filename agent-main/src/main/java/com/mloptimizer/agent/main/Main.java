package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.config.InvalidConfigurationException;
import com.mloptimizer.agent.core.kubernetes.KubernetesConfigurationException;
import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line. */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Observes a Kubernetes cluster and carries out signed actions, safely.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it worked; also after SIGTERM",
      "1:something is missing (check), not ready (status), or failed",
      "2:the command line, the configuration or the kubeconfig cannot be used",
      "3:the cluster refused the credentials; also the JVM's own when it is out of memory",
      "4:the leadership was lost, another replica may act (run); to be started anew"
    },
    subcommands = {
      RunCommand.class,
      CheckCommand.class,
      SignCommand.class,
      StatusCommand.class,
      SupportBundleCommand.class,
      AutoComplete.GenerateCompletion.class
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  Main() {}

  /** Parses the arguments, runs the command, and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler(Main::explain)
        .setExecutionExceptionHandler(explaining());
  }

  /** The whole usage only to somebody who named no command; it would hide the message otherwise. */
  private static int explain(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    if (command.getParent() == null) {
      command.usage(err);
    } else {
      err.println("Usage: " + command.getCommandSpec().qualifiedName() + " --help");
    }
    return ExitCode.USAGE;
  }

  /** What a user can mend is a message without a stack trace. */
  private static IExecutionExceptionHandler explaining() {
    return (e, commandLine, _) -> {
      if (e instanceof InvalidConfigurationException
          || e instanceof KubernetesConfigurationException) {
        commandLine.getErr().println(e.getMessage());
        return ExitCode.USAGE;
      }
      if (e instanceof ClusterRefusedException) {
        commandLine.getErr().println(e.getMessage());
        return ExitCode.UNAUTHORIZED;
      }
      throw e;
    };
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing a command");
  }
}
