package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.FreezeSchedule;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.config.NodeLimit;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An agent with guardrails that a test sets before it starts, before an embedded cluster. */
abstract class GuardedAgent {
  static final FreezeSchedule ALWAYS =
      new FreezeSchedule(
          "year-end",
          LocalTime.MIDNIGHT,
          LocalTime.MIDNIGHT,
          EnumSet.allOf(DayOfWeek.class),
          ZoneOffset.UTC);

  @TempDir Path directory;

  EmbeddedCluster cluster;
  ReferenceBackend backend;
  private Path kubeconfig;
  private @Nullable RunningActuator agent;
  private int actions;

  /** The standard guardrails, to be changed before the agent starts. */
  Set<ActionType> allowed = EnumSet.allOf(ActionType.class);

  LabelSelector selector = LabelSelector.nothing();
  int evictions = 1000;
  @Nullable NodeLimit nodes;
  @Nullable Integer replicas;
  List<FreezeSchedule> freezes = List.of();
  boolean dryRun;
  @Nullable String podName;

  @BeforeEach
  void start() throws Exception {
    cluster =
        EmbeddedCluster.builder()
            .seed(1)
            .nodes(3)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(20))
            .longestGrace(Duration.ofMillis(100))
            .build();
    cluster.start();
    kubeconfig = cluster.writeKubeconfig(directory.resolve("kubeconfig"));
    backend = RunningActuator.startBackend();
  }

  @AfterEach
  void stop() {
    stopAgent();
    backend.close();
    cluster.close();
  }

  RunningActuator agent() throws Exception {
    RunningActuator running = agent;
    if (running == null) {
      GuardrailConfiguration guardrails =
          new GuardrailConfiguration(
              allowed, Set.of("kube-system"), selector, 1, evictions, nodes, replicas, freezes);
      running = new RunningActuator(kubeconfig, backend, "default", podName, dryRun, guardrails);
      running.awaitReady();
      agent = running;
    }
    return running;
  }

  /** What it was busy with stays for the next one. */
  void stopAgent() {
    if (agent != null) {
      agent.close();
      agent = null;
    }
  }

  ActionResult carryOut(String type, String parameters) throws Exception {
    return agent().carryOut("act-" + ++actions, type, parameters);
  }

  void assertRefused(ActionResult result, String rule) {
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(result.message()).contains("guardrail " + rule + ": ");
    assertThat(writesTo("/nodes/")).isEmpty();
    assertThat(writesTo("/eviction")).isEmpty();
    assertThat(writesTo("/deployments/")).isEmpty();
  }

  void submit(String id, String type, String parameters) throws Exception {
    agent().actuator.submit(envelope(id, type, parameters), Source.WEBSOCKET);
  }

  /** An action that an earlier agent left in the journal. */
  void journal(String id, String type, String parameters, String status) {
    journal(id, type, envelope(id, type, parameters), status);
  }

  void journal(String id, String type, ReceivedEnvelope envelope, String status) {
    ObjectNode entry = RunningActuator.entry(id, type, envelope);
    entry.set("status", new JsonMapper().readTree(status));
    cluster.apply(entry);
  }

  /** A Deployment of the agent's; its pod's name. */
  String agentPod() throws InterruptedException {
    deployment("default", "agent", 1, "{}");
    return pods("default").getFirst().path("metadata").path("name").stringValue();
  }

  void annotate(String paused) {
    ObjectNode deployment =
        (ObjectNode) cluster.get("apps/v1", "Deployment", "default", "agent").orElseThrow();
    deployment.withObject("/metadata/annotations").put("agent.mloptimizer.com/paused", paused);
    cluster.apply(deployment);
  }

  void deployment(String namespace, String name, int count, String nodeSelector)
      throws InterruptedException {
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + namespace + "}}");
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          replicas: %3$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              nodeSelector: %4$s
              containers: [{name: main, image: nginx}]
        """
            .formatted(name, namespace, count, nodeSelector));
    assertThat(
            cluster.await(
                () -> pods(namespace).stream().filter(pod -> isRunning(pod, name)).count() == count,
                RunningActuator.SOON))
        .isTrue();
  }

  static boolean isRunning(JsonNode pod, String app) {
    return pod.path("status").path("phase").asString("").equals("Running")
        && pod.path("metadata").path("labels").path("app").asString("").equals(app);
  }

  /** One that never allows a disruption. */
  void budget(String app) throws InterruptedException {
    cluster.apply(
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: %1$s, namespace: shop}
        spec: {maxUnavailable: 0, selector: {matchLabels: {app: %1$s}}}
        """
            .formatted(app));
    cluster.await(
        () ->
            cluster
                .get("policy/v1", "PodDisruptionBudget", "shop", app)
                .orElseThrow()
                .path("status")
                .has("disruptionsAllowed"),
        RunningActuator.SOON);
  }

  void labelNode(String name, String key, String value) {
    ObjectNode node = (ObjectNode) cluster.get("v1", "Node", "", name).orElseThrow();
    node.withObject("/metadata/labels").put(key, value);
    cluster.apply(node);
  }

  String node(int index) {
    return cluster.list("v1", "Node", "").get(index).path("metadata").path("name").stringValue();
  }

  String nodeName(int index) {
    return "{\"node_name\": \"%s\"}".formatted(node(index));
  }

  String labels(int index) {
    return "{\"node_name\": \"%s\", \"labels\": {\"seen\": \"yes\"}}".formatted(node(index));
  }

  boolean isUnschedulable(int index) {
    return cluster
        .list("v1", "Node", "")
        .get(index)
        .path("spec")
        .path("unschedulable")
        .asBoolean(false);
  }

  List<JsonNode> pods(String namespace) {
    return cluster.list("v1", "Pod", namespace);
  }

  List<ApiRequest> writesTo(String path) {
    return cluster.requests().stream()
        .filter(request -> request.isWrite() && request.path().contains(path))
        .toList();
  }
}
