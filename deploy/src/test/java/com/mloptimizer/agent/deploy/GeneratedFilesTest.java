package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Files that are made from others and kept in the source, so that people can read and use them
 * without a build. {@code -Dgenerated.update} writes them anew.
 */
@Timeout(60)
class GeneratedFilesTest {
  private static final Path MANIFESTS = Chart.ROOT.resolve("deploy/manifests");
  private static final Pattern BETWEEN_MARKS =
      Pattern.compile("(?<=<!-- values -->\n).*(?=<!-- end of values -->)", Pattern.DOTALL);

  @Test
  void readme_values_areThoseOfTheChart() throws Exception {
    Path readme = Chart.DIRECTORY.resolve("README.md");
    String table =
        ValuesTable.of(Files.readString(Chart.DIRECTORY.resolve("values.yaml"))).markdown();

    check(
        readme,
        BETWEEN_MARKS
            .matcher(Files.readString(readme))
            .replaceFirst(Matcher.quoteReplacement(table)));
  }

  @Test
  void manifests_agent_isTheRenderedChart() throws Exception {
    String rendered =
        Chart.text(Chart.NEWEST, "required", Map.of())
            .replaceAll("(?m)^# Source: .*\n", "")
            .replaceAll("(?m)^ +(helm\\.sh/chart|app\\.kubernetes\\.io/managed-by): .*\n", "");

    check(
        MANIFESTS.resolve("agent.yaml"),
        "# Made from charts/kubernetes-agent. What differs from cluster to cluster stands in"
            + " kustomization.yaml.\n"
            + rendered);
  }

  @Test
  void manifests_definition_isTheCharts() throws Exception {
    check(
        MANIFESTS.resolve("agentactions.yaml"),
        Files.readString(Chart.DIRECTORY.resolve("crds/agentactions.yaml")));
  }

  @Test
  void chart_dashboardAndRules_areThoseOfDeploy() throws Exception {
    check(
        Chart.DIRECTORY.resolve("files/dashboard.json"),
        Files.readString(Chart.ROOT.resolve("deploy/grafana/kubernetes-agent.json")));
    check(
        Chart.DIRECTORY.resolve("files/rules.yaml"),
        Files.readString(Chart.ROOT.resolve("deploy/prometheus/rules.yaml")));
  }

  private static void check(Path file, String expected) throws IOException {
    if (System.getProperty("generated.update") != null) {
      Files.writeString(file, expected);
    }
    assertThat(file)
        .as(
            "up to date; else: mvn -pl deploy -am test -Dtest=GeneratedFilesTest"
                + " -Dgenerated.update")
        .hasContent(expected);
  }
}
