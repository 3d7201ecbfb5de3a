package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionAck;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class ActuatorComponentTest {
  @TempDir Path directory;

  private EmbeddedCluster cluster;
  private ReferenceBackend backend;
  private Path kubeconfig;
  private RunningActuator agent;

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
    agent = new RunningActuator(kubeconfig, backend, false);
    agent.awaitReady();
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    backend.close();
    cluster.close();
  }

  @Test
  void cordonNode_schedulableNode_cordonsAndReportsBeforeAndAfter() throws Exception {
    String node = firstNode();
    ActionResult result = agent.carryOut("act-1", "cordon_node", node(node));

    assertThat(result.outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(result.success()).isTrue();
    assertThat(result.attempts()).isEqualTo(1);
    assertThat(result.details().toString())
        .isEqualTo("{\"before\":{\"unschedulable\":false},\"after\":{\"unschedulable\":true}}");
    assertThat(isUnschedulable(node)).isTrue();
  }

  @Test
  void cordonNode_twice_secondWritesNothingToTheNode() throws Exception {
    String node = firstNode();
    agent.carryOut("act-1", "cordon_node", node(node));
    cluster.clearRequests();
    ActionResult second = agent.carryOut("act-2", "cordon_node", node(node));

    assertThat(second.outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(second.success()).isTrue();
    assertThat(writesTo("/nodes/")).isEmpty();
  }

  @Test
  void uncordonNode_cordonedNode_isSchedulableAgain() throws Exception {
    String node = firstNode();
    agent.carryOut("act-1", "cordon_node", node(node));
    assertThat(agent.carryOut("act-2", "uncordon_node", node(node)).outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(isUnschedulable(node)).isFalse();
  }

  @Test
  void cordonNode_otherUid_isStaleAndWritesNothing() throws Exception {
    String node = firstNode();
    ActionResult result =
        agent.carryOut(
            "act-1",
            "cordon_node",
            "{\"node_name\": \"%s\", \"node_uid\": \"another\"}".formatted(node));

    assertThat(result.outcome()).isEqualTo(Outcome.STALE_TARGET);
    assertThat(result.success()).isFalse();
    assertThat(writesTo("/nodes/")).isEmpty();
  }

  @Test
  void labelNode_newChangedAndAbsentLabels_writesOnlyWhatDiffers() throws Exception {
    String node = firstNode();
    String labels = "{\"node_name\": \"%s\", \"labels\": {\"pool\": \"%s\"}%s}";
    assertThat(agent.carryOut("act-1", "label_node", labels.formatted(node, "a", "")).outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(agent.carryOut("act-2", "label_node", labels.formatted(node, "a", "")).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
    assertThat(label(node, "pool")).isEqualTo("a");
    String removal = labels.formatted(node, "a", ", \"remove\": true");
    assertThat(agent.carryOut("act-3", "label_node", removal).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(agent.carryOut("act-4", "label_node", removal).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
    assertThat(label(node, "pool")).isEmpty();
  }

  @Test
  void labelNode_invalidLabel_isRefusedWithTheApiServersWords() throws Exception {
    ActionResult result =
        agent.carryOut(
            "act-1",
            "label_node",
            "{\"node_name\": \"%s\", \"labels\": {\"pool\": \"not valid!\"}}"
                .formatted(firstNode()));
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
    assertThat(result.message()).contains("not valid!");
  }

  @Test
  void scaleWorkload_expectedReplicasDiffer_isStale() throws Exception {
    deployment("web", 2);
    assertThat(
            agent
                .carryOut("act-1", "scale_workload", scale("web", 5, ", \"expected_replicas\": 3"))
                .outcome())
        .isEqualTo(Outcome.STALE_TARGET);
    assertThat(
            agent
                .carryOut(
                    "act-2",
                    "scale_workload",
                    scale("web", 5, ", \"expected_replicas\": 2, \"wait_seconds\": 10"))
                .outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(replicas("web")).isEqualTo(5);
    assertThat(agent.carryOut("act-3", "scale_workload", scale("web", 5, "")).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
  }

  @Test
  void scaleWorkload_underAnAutoscaler_isRefusedAndNamesIt() throws Exception {
    deployment("web", 2);
    cluster.apply(
        """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: web-scaler, namespace: shop}
        spec:
          minReplicas: 1
          maxReplicas: 5
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
        """);
    ActionResult result = agent.carryOut("act-1", "scale_workload", scale("web", 5, ""));
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.UNSAFE);
    assertThat(result.message()).contains("web-scaler");
    assertThat(replicas("web")).isEqualTo(2);
  }

  @Test
  void evictPod_healthyPod_postsOnceWithItsUidAndEndsWhenItIsGone() throws Exception {
    deployment("web", 1);
    JsonNode pod = pods().getFirst();
    String name = pod.path("metadata").path("name").stringValue();
    cluster.clearRequests();
    ActionResult result = agent.carryOut("act-1", "evict_pod", pod(name, ""));

    assertThat(result.outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(writesTo("/eviction")).hasSize(1);
    assertThat(cluster.get("v1", "Pod", "shop", name)).isEmpty();
    assertThat(agent.carryOut("act-2", "evict_pod", pod(name, "")).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
  }

  @Test
  void evictPod_budgetNeverAllows_isBlockedAtItsDeadlineAndNamesTheBudget() throws Exception {
    deployment("web", 1);
    budget("web-budget", 1);
    String name = pods().getFirst().path("metadata").path("name").stringValue();
    agent.actuator.submit(
        envelope(
            "act-1",
            "evict_pod",
            pod(name, ", \"timeout_seconds\": 3"),
            Instant.now().plusSeconds(600)),
        Source.WEBSOCKET);
    ActionResult result = agent.result("act-1");

    assertThat(result.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(result.message()).contains("web-budget");
    assertThat(result.details().path("disruption_budgets").toString())
        .isEqualTo("[\"web-budget\"]");
    assertThat(cluster.get("v1", "Pod", "shop", name)).isPresent();
  }

  @Test
  void drainNode_mixedNode_evictsOrdinaryPodsAndKeepsTheCordon() throws Exception {
    deployment("web", 6);
    String node = pods().getFirst().path("spec").path("nodeName").stringValue();
    ActionResult result = agent.carryOut("act-1", "drain_node", node(node));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(isUnschedulable(node)).isTrue();
    assertThat(pods())
        .noneMatch(pod -> pod.path("spec").path("nodeName").asString("").equals(node));
    assertThat(
            cluster.get("v1", "Node", "", node).orElseThrow().path("metadata").path("annotations"))
        .as("our mark is taken away")
        .noneMatch(value -> value.asString("").equals("act-1"));
  }

  @Test
  void drainNode_barePod_isRefusedBeforeAnyEvictionAndOurCordonUndone() throws Exception {
    deployment("web", 6);
    String node = pods().getFirst().path("spec").path("nodeName").stringValue();
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: bare, namespace: shop}
        spec:
          nodeName: %s
          containers: [{name: main, image: busybox}]
        """
            .formatted(node));
    cluster.clearRequests();
    ActionResult result = agent.carryOut("act-1", "drain_node", node(node));

    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.UNSAFE);
    assertThat(result.message()).contains("shop/bare");
    assertThat(writesTo("/eviction")).isEmpty();
    assertThat(isUnschedulable(node)).isFalse();
  }

  @Test
  void submit_sameActionAgain_isADuplicateWhoseResultIsSentAgain() throws Exception {
    ReceivedEnvelope envelope = envelope("act-1", "cordon_node", node(firstNode()));
    agent.actuator.submit(envelope, Source.WEBSOCKET);
    agent.result("act-1");
    cluster.clearRequests();
    agent.actuator.submit(envelope, Source.POLL);
    RunningActuator.await(
        "acknowledgement of the duplicate",
        () -> agent.acks().stream().filter(a -> a.status() == AckStatus.DUPLICATE).findFirst());

    assertThat(writesTo("/nodes/")).isEmpty();
    assertThat(agent.acks().getFirst().status()).isEqualTo(AckStatus.ACCEPTED);
  }

  @Test
  void submit_otherPayloadUnderTheSameId_isAConflictAndKeepsTheResult() throws Exception {
    agent.carryOut("act-1", "cordon_node", node(firstNode()));
    ReceivedEnvelope other = envelope("act-1", "uncordon_node", node(firstNode()));
    agent.actuator.submit(other, Source.WEBSOCKET);
    ActionAck ack = agent.awaitAck(other);

    assertThat(ack.status()).isEqualTo(AckStatus.REJECTED);
    assertThat(ack.reason()).isEqualTo("id_conflict");
    assertThat(isUnschedulable(firstNode())).isTrue();
  }

  @Test
  void submit_badSignature_isAcknowledgedWithItsHashAndNothingElse() throws Exception {
    ReceivedEnvelope good = envelope("act-1", "cordon_node", node(firstNode()));
    ReceivedEnvelope forged =
        ReceivedEnvelope.of(
            new String(good.json(), StandardCharsets.UTF_8)
                .replaceFirst("\"sig\":\"..", "\"sig\":\"AA"));
    agent.actuator.submit(forged, Source.WEBSOCKET);
    ActionAck ack = agent.awaitAck(forged);

    assertThat(ack.actionId()).isNull();
    assertThat(ack.reason()).isEqualTo("bad_signature");
    assertThat(cluster.list("agent.mloptimizer.com/v1alpha1", "AgentAction", "default")).isEmpty();
  }

  @Test
  void submit_expired_isToldTwice() throws Exception {
    ReceivedEnvelope expired =
        envelope("act-1", "cordon_node", node(firstNode()), Instant.now().minusSeconds(120));
    agent.actuator.submit(expired, Source.WEBSOCKET);

    assertThat(agent.awaitAck(expired).reason()).isEqualTo("expired");
    ActionResult result = agent.result("act-1");
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.EXPIRED);
  }

  @Test
  void run_unfinishedActionInTheJournal_isResumedAndReportedOnce() throws Exception {
    String node = firstNode();
    agent.stop();
    ReceivedEnvelope envelope = envelope("act-1", "cordon_node", node(node));
    cluster.apply(RunningActuator.entry("act-1", "cordon_node", envelope));
    try (RunningActuator next = new RunningActuator(kubeconfig, backend, false)) {
      ActionResult result = next.result("act-1");
      assertThat(result.outcome()).isEqualTo(Outcome.CHANGED);
      assertThat(isUnschedulable(node)).isTrue();
      cluster.await(() -> journal("act-1").path("reported").asBoolean(false), RunningActuator.SOON);
    }
    assertThat(journal("act-1").path("phase").asString("")).isEqualTo("Finished");
    assertThat(journal("act-1").path("reported").asBoolean(false)).isTrue();
    assertThat(backend.results().stream().filter(r -> r.actionId().equals(new ActionId("act-1"))))
        .hasSize(1);
  }

  @Test
  void run_forgedObjectInTheJournal_isRefusedAndTouchesNothing() throws Exception {
    agent.stop();
    ReceivedEnvelope good = envelope("act-1", "cordon_node", node(firstNode()));
    ReceivedEnvelope forged =
        ReceivedEnvelope.of(
            new String(good.json(), StandardCharsets.UTF_8)
                .replaceFirst("\"sig\":\"..", "\"sig\":\"AA"));
    cluster.apply(RunningActuator.entry("act-1", "cordon_node", forged));
    try (RunningActuator next = new RunningActuator(kubeconfig, backend, false)) {
      assertThat(next.result("act-1").reason()).isEqualTo(RejectionReason.BAD_SIGNATURE);
    }
    assertThat(isUnschedulable(firstNode())).isFalse();
  }

  @Test
  void run_agentInDryRun_plansAndChangesNothing() throws Exception {
    agent.stop();
    String node = firstNode();
    try (RunningActuator dry = new RunningActuator(kubeconfig, backend, true)) {
      ActionResult result = dry.carryOut("act-1", "cordon_node", node(node));
      assertThat(result.outcome()).isEqualTo(Outcome.PLANNED);
      assertThat(result.dryRun()).isTrue();
    }
    assertThat(isUnschedulable(node)).isFalse();
  }

  @Test
  void carryOut_protectedNamespace_isNotPermittedAndNamesTheRule() throws Exception {
    ActionResult result =
        agent.carryOut(
            "act-1", "evict_pod", "{\"namespace\": \"kube-system\", \"pod_name\": \"dns\"}");
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(result.message()).contains("kube-system");
  }

  @Test
  void poll_offeredAction_isCarriedOutAndLeavesAnEvent() throws Exception {
    String node = firstNode();
    ActionId id = backend.offer(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node));
    assertThat(agent.result(id.value()).outcome()).isEqualTo(Outcome.CHANGED);
    cluster.await(() -> !actionEvents(id).isEmpty(), RunningActuator.SOON);
    JsonNode event = actionEvents(id).getFirst();
    assertThat(event.path("reason").asString("")).isEqualTo("cordon_node");
    assertThat(event.path("involvedObject").path("name").asString("")).isEqualTo(node);
  }

  private List<JsonNode> actionEvents(ActionId id) {
    return cluster.list("v1", "Event", "default").stream()
        .filter(event -> event.path("message").asString("").contains(id.value()))
        .toList();
  }

  private JsonNode journal(String id) {
    return cluster
        .get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", id)
        .orElseThrow()
        .path("status");
  }

  private String firstNode() {
    return cluster.list("v1", "Node", "").getFirst().path("metadata").path("name").stringValue();
  }

  private boolean isUnschedulable(String node) {
    return cluster
        .get("v1", "Node", "", node)
        .orElseThrow()
        .path("spec")
        .path("unschedulable")
        .asBoolean(false);
  }

  private String label(String node, String name) {
    JsonNode found = cluster.get("v1", "Node", "", node).orElseThrow();
    return found.path("metadata").path("labels").path(name).asString("");
  }

  private List<ApiRequest> writesTo(String path) {
    return cluster.requests().stream()
        .filter(request -> request.isWrite() && request.path().contains(path))
        .toList();
  }

  private List<JsonNode> pods() {
    return cluster.list("v1", "Pod", "shop");
  }

  private int replicas(String name) {
    return cluster
        .get("apps/v1", "Deployment", "shop", name)
        .orElseThrow()
        .path("spec")
        .path("replicas")
        .asInt(-1);
  }

  private void deployment(String name, int replicas) throws InterruptedException {
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s, namespace: shop}
        spec:
          replicas: %2$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              containers: [{name: main, image: nginx}]
        """
            .formatted(name, replicas));
    assertThat(cluster.await(() -> ready() == replicas, RunningActuator.SOON)).isTrue();
  }

  private long ready() {
    return pods().stream()
        .filter(pod -> pod.path("status").path("phase").asString("").equals("Running"))
        .count();
  }

  private void budget(String name, int minAvailable) throws InterruptedException {
    cluster.apply(
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: %s, namespace: shop}
        spec: {minAvailable: %d, selector: {matchLabels: {app: web}}}
        """
            .formatted(name, minAvailable));
    cluster.await(
        () ->
            cluster
                .get("policy/v1", "PodDisruptionBudget", "shop", name)
                .orElseThrow()
                .path("status")
                .has("disruptionsAllowed"),
        RunningActuator.SOON);
  }

  private static String node(String name) {
    return "{\"node_name\": \"%s\"}".formatted(name);
  }

  private static String pod(String name, String more) {
    return "{\"namespace\": \"shop\", \"pod_name\": \"%s\"%s}".formatted(name, more);
  }

  private static String scale(String name, int replicas, String more) {
    return "{\"kind\": \"Deployment\", \"namespace\": \"shop\", \"name\": \"%s\", \"replicas\": %d%s}"
        .formatted(name, replicas, more);
  }
}
