package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.kubernetes.KubernetesConfigurationException;
import com.mloptimizer.agent.main.check.BackendCheck;
import com.mloptimizer.agent.main.check.ClusterCheck;
import com.mloptimizer.agent.main.check.Finding;
import com.mloptimizer.agent.main.check.GuardrailCheck;
import com.mloptimizer.agent.main.support.Table;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks whether the agent could work. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    modelTransformer = ConfigurationFlags.class,
    description = {
      "Looks at configuration, cluster, permissions and backend, and changes nothing.",
      "Exit code 0 if nothing is missing, 1 if something is."
    })
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  CheckCommand() {}

  @Override
  public Integer call() throws InterruptedException, KubernetesConfigurationException {
    Connections connections = Connections.open(spec.commandLine().getParseResult());
    List<Finding> findings = new ArrayList<>();
    try (var kubernetes = connections.kubernetes()) {
      findings.add(
          new Finding(
              "configuration",
              Finding.State.OK,
              "cluster %s, agent %s"
                  .formatted(
                      connections.configuration().clusterId(),
                      connections.configuration().agentId())));
      findings.addAll(
          GuardrailCheck.findings(
              connections.configuration().guardrails(), connections.configuration().podName()));
      findings.addAll(
          new ClusterCheck(kubernetes, connections.namespace(), connections.configuration())
              .findings());
      findings.addAll(
          new BackendCheck(
                  connections.configuration().backendUrl(),
                  connections.configuration().backendWsUrl(),
                  connections.configuration().clusterId(),
                  connections.configuration().agentId(),
                  connections.apiKeys().current(),
                  connections.proxies(),
                  connections.tls().get(),
                  InstantSource.system())
              .findings());
    }
    print(findings, spec.commandLine().getOut());
    boolean complete = findings.stream().allMatch(f -> f.state() == Finding.State.OK);
    return complete ? ExitCode.OK : ExitCode.FAILED;
  }

  private static void print(List<Finding> findings, PrintWriter out) {
    Table table = new Table().row("CHECK", "STATE", "FOUND / WHAT TO DO");
    for (Finding finding : findings) {
      table.row(
          finding.subject(), finding.state().name().toLowerCase(Locale.ROOT), finding.detail());
    }
    out.print(table);
    out.flush();
  }
}
