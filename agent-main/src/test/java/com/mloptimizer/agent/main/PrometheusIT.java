package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ApiCall;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is in {@code deploy/} and {@code docs/metrics.md} against a real Prometheus that scrapes a
 * real agent: a metric that is renamed breaks this, not somebody's dashboard.
 */
@Timeout(300)
class PrometheusIT {
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", ""), "..").toAbsolutePath();
  private static final Path RULES = ROOT.resolve("deploy/prometheus/rules.yaml").normalize();
  private static final Duration DATA_WITHIN = Duration.ofSeconds(90);
  private static final Pattern METRIC =
      Pattern.compile("\\| `([a-z_]+)` \\| ([a-z]+) \\| ([^|]*) \\| ([^|]*) \\|");

  @TempDir private static Path directory;

  private static Surroundings surroundings;
  private static AgentProcess agent;
  private static PrometheusServer prometheus;

  @BeforeAll
  static void start() throws Exception {
    if (!Files.isExecutable(PrometheusServer.PROGRAM)) {
      String skipped = "PrometheusIT is skipped: needs " + PrometheusServer.PROGRAM;
      System.err.println(skipped);
      abort(skipped);
    }
    surroundings = Surroundings.start(EmbeddedCluster.builder().nodes(4).build(), directory);
    surroundings.backend().misbehave().answer(ApiCall.METRICS, 503, 2);
    agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    prometheus = PrometheusServer.start(directory, RULES, agent.httpPort());
    act();
    boolean complete = surroundings.cluster().await(PrometheusIT::hasRestartedAWatch, SOON);
    assertThat(complete).as(() -> Surroundings.log(agent)).isTrue();
  }

  /** Makes it happen, since nothing else brings that metric's label to light. */
  private static boolean hasRestartedAWatch() {
    try {
      surroundings.cluster().faults().expireWatches(1);
      surroundings.cluster().faults().cutWatches();
      return surroundings.get(agent, "/metrics").body().contains("\nagent_watch_restarts_total{");
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @AfterAll
  static void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
    if (surroundings != null) {
      surroundings.close();
    }
  }

  /** One action that is done, and one that nobody signed. */
  private static void act() throws Exception {
    ActionDraft cordon =
        ActionDraft.of(ActionType.CORDON_NODE)
            .with(
                "node_name",
                surroundings
                    .cluster()
                    .list("v1", "Node", "")
                    .getFirst()
                    .at("/metadata/name")
                    .stringValue());
    surroundings.backend().awaitResult(surroundings.backend().push(cordon), SOON);
    surroundings.backend().pushBadlySigned(cordon);
  }

  @Test
  void dashboard_everyQuery_isAnsweredWithData() throws Exception {
    Map<String, String> queries = dashboardQueries();
    assertThat(queries).hasSizeGreaterThan(40);
    Set<String> unanswered = new TreeSet<>(queries.keySet());
    long until = System.nanoTime() + DATA_WITHIN.toNanos();
    while (!unanswered.isEmpty() && System.nanoTime() - until < 0) {
      // A rate, and so a quantile, is of what happens between two scrapes.
      act();
      for (String title : List.copyOf(unanswered)) {
        if (hasData(prometheus.query(queries.get(title)))) {
          unanswered.remove(title);
        }
      }
    }
    assertThat(unanswered).as("queries without data").isEmpty();
  }

  private static boolean hasData(JsonNode data) {
    for (JsonNode series : data.path("result")) {
      if (!series.path("value").path(1).asString("NaN").equals("NaN")) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, String> dashboardQueries() throws Exception {
    JsonNode dashboard =
        new JsonMapper()
            .readTree(Files.readString(ROOT.resolve("deploy/grafana/kubernetes-agent.json")));
    Map<String, String> queries = new HashMap<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression = target.path("expr").stringValue();
        queries.put(
            panel.path("title").stringValue() + ": " + expression,
            expression
                .replace("$__rate_interval", "20s")
                .replace("$namespace", ".*")
                .replace("$instance", ".*"));
      }
    }
    return queries;
  }

  @Test
  void rules_loaded_areEvaluatedWithoutError() throws Exception {
    List<String> evaluated = new ArrayList<>();
    boolean done =
        surroundings
            .cluster()
            .await(() -> evaluated.addAll(evaluatedAlerts()) && !evaluated.isEmpty(), SOON);

    assertThat(done).as(prometheus.log()).isTrue();
    assertThat(evaluated).containsAll(alerts());
  }

  private static List<String> evaluatedAlerts() {
    List<String> names = new ArrayList<>();
    try {
      for (JsonNode rule : prometheus.rules().at("/groups/0/rules")) {
        if (rule.path("health").asString("").equals("ok")) {
          names.add(rule.path("name").stringValue());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return names;
  }

  @Test
  void alerts_badSignature_fires() throws Exception {
    boolean fires =
        surroundings.cluster().await(() -> isFiring("KubernetesAgentSignatureFailures"), SOON);

    assertThat(fires).isTrue();
    assertThat(isFiring("KubernetesAgentDown")).isFalse();
  }

  private static boolean isFiring(String alert) {
    try {
      surroundings
          .backend()
          .pushBadlySigned(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", "n"));
      return hasData(
          prometheus.query("ALERTS{alertstate=\"firing\", alertname=\"" + alert + "\"}"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void promtool_rulesAndTheirTests_pass() throws Exception {
    Path folder = RULES.getParent();
    assertThat(PrometheusServer.tool(folder, new byte[0], "check", "rules", "rules.yaml"))
        .contains("SUCCESS");
    assertThat(PrometheusServer.tool(folder, new byte[0], "test", "rules", "rules_test.yaml"))
        .contains("SUCCESS");
    String tests = Files.readString(folder.resolve("rules_test.yaml"));
    assertThat(alerts())
        .allSatisfy(alert ->
            assertThat(tests.split("alertname: " + alert + "\n", -1))
                .as(alert + " is tested firing and resolved")
                .hasSizeGreaterThanOrEqualTo(3));
  }

  @Test
  void promtool_exposition_hasNothingToSay() throws Exception {
    byte[] exposition = surroundings.get(agent, "/metrics").body().getBytes(StandardCharsets.UTF_8);

    assertThat(PrometheusServer.tool(ROOT, exposition, "check", "metrics")).isEmpty();
  }

  @Test
  void runbook_everyAlert_hasASection() throws Exception {
    String runbook = Files.readString(ROOT.resolve("deploy/RUNBOOK.md"));
    assertThat(alerts())
        .hasSizeGreaterThan(10)
        .allSatisfy(alert -> assertThat(runbook).contains("\n## " + alert + "\n"));
    Set<String> sections =
        Pattern.compile("(?m)^## (.*)$")
            .matcher(runbook)
            .results()
            .map(section -> section.group(1))
            .collect(Collectors.toSet());
    assertThat(sections).containsExactlyInAnyOrderElementsOf(alerts());
  }

  private static List<String> alerts() throws Exception {
    return Pattern.compile("- alert: (\\w+)")
        .matcher(Files.readString(RULES))
        .results()
        .map(alert -> alert.group(1))
        .toList();
  }

  @Test
  void reference_exposition_isDescribedNoMoreNoLess() throws Exception {
    Map<String, String> documented = new TreeMap<>();
    Matcher rows =
        METRIC.matcher(Files.readString(ROOT.resolve("docs/metrics.md"), StandardCharsets.UTF_8));
    while (rows.find()) {
      documented.put(rows.group(1), rows.group(2) + " " + rows.group(3) + ": " + rows.group(4));
    }

    Map<String, String> exposed = exposed(surroundings.get(agent, "/metrics").body());

    Map<String, String> missing = new TreeMap<>(exposed);
    missing.entrySet().removeAll(documented.entrySet());
    Map<String, String> stale = new TreeMap<>(documented);
    stale.entrySet().removeAll(exposed.entrySet());
    assertThat(missing.entrySet().stream().map(PrometheusIT::row))
        .as("rows that docs/metrics.md lacks")
        .isEmpty();
    assertThat(stale.entrySet().stream().map(PrometheusIT::row))
        .as("rows of docs/metrics.md that are true no more")
        .isEmpty();
  }

  /** As it would stand in the table. */
  private static String row(Map.Entry<String, String> metric) {
    String[] described = metric.getValue().split(": ", 2);
    String[] type = described[0].split(" ", 2);
    return "| `%s` | %s | %s | %s |".formatted(metric.getKey(), type[0], type[1], described[1]);
  }

  /** The agent's own metrics: type, label names, help text. */
  private static Map<String, String> exposed(String exposition) {
    Map<String, String> helps = new HashMap<>();
    Map<String, String> metrics = new TreeMap<>();
    for (String line : exposition.split("\n", -1)) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP agent_")) {
        helps.put(words[2], words[3]);
      } else if (line.startsWith("# TYPE agent_")) {
        String labels = labels(exposition, words[2]);
        metrics.put(words[2], words[3] + " " + labels + ": " + helps.get(words[2]));
      }
    }
    return metrics;
  }

  private static String labels(String exposition, String metric) {
    Matcher sample =
        Pattern.compile("(?m)^" + metric + "(?:_count|_sum)?(?:\\{(.*)})? ").matcher(exposition);
    if (!sample.find() || sample.group(1) == null) {
      return "";
    }
    return Pattern.compile("(\\w+)=\"")
        .matcher(sample.group(1))
        .results()
        .map(label -> "`" + label.group(1) + "`")
        .collect(Collectors.joining(", "));
  }
}
