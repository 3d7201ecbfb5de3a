package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.ApiFront.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.ApiFront.Call;
import com.mloptimizer.agent.actuator.ApiFront.Reply;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers that an API server of another version, or in trouble, would give. */
@Timeout(60)
class ScriptedAnswersTest {
  private static EmbeddedCluster cluster;

  private final JsonMapper json = new JsonMapper();
  private Stage stage;

  @BeforeAll
  static void startCluster() {
    cluster =
        EmbeddedCluster.builder()
            .seed(7)
            .nodes(3)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(10))
            .longestGrace(Duration.ofMillis(200))
            .build();
    cluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @BeforeEach
  void start() throws Exception {
    stage = Stage.embedded(cluster);
  }

  @AfterEach
  void stop() {
    stage.list("Node").forEach(node -> stage.uncordon(Stage.name(node)));
    stage.close();
  }

  @Test
  void cordonNode_nameBecomesAnotherNodes_isStale() throws Exception {
    String node = stage.node(0);
    String uid = Stage.uid(stage.get("Node", node));
    ObjectNode invalid =
        (ObjectNode) json.readTree(((Reply.Answer) status(422, "Invalid", "x")).body());
    invalid
        .withObject("/details")
        .withArray("/causes")
        .addObject()
        .put("reason", "FieldValueInvalid")
        .put("message", "field is immutable")
        .put("field", "metadata.uid");
    AtomicInteger patches = new AtomicInteger();
    stage.front.script(call -> {
      if (call.isWrite() && call.path().contains("/nodes/")) {
        patches.incrementAndGet();
        return Optional.of(new Reply.Answer(422, invalid.toString(), 0));
      }
      return (patches.get() > 0 && call.path().endsWith("/nodes/" + node))
          ? Optional.of(
              new Reply.Answer(
                  200, stage.get("Node", node).toString().replace(uid, "another-uid"), 0))
          : Optional.empty();
    });
    ActionResult result =
        stage.carryOut(
            "cordon_node", "{\"node_name\": \"%s\", \"node_uid\": \"%s\"}".formatted(node, uid));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.STALE_TARGET);
    assertThat(patches).hasValue(1);
  }

  @Test
  void taintNode_conflict_beginsFromAFreshRead() throws Exception {
    String node = stage.node(1);
    AtomicInteger left = new AtomicInteger(2);
    stage.front.script(call ->
        (call.isWrite() && call.path().contains("/nodes/") && left.getAndDecrement() > 0)
            ? Optional.of(status(409, "Conflict", "the object has been modified"))
            : Optional.empty());
    ActionResult result =
        stage.carryOut(
            "taint_node",
            "{\"node_name\": \"%s\", \"taints\": [{\"key\": \"it\", \"effect\": \"NoSchedule\"}]}"
                .formatted(node));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.writesTo("/nodes/")).hasSize(3);
    assertThat(stage.front.calls().stream().filter(call -> call.method().equals("GET")))
        .filteredOn(call -> call.path().endsWith("/nodes/" + node))
        .hasSize(3);
    stage.patch(stage.path("Node").name(node), "{\"spec\": {\"taints\": null}}");
  }

  @Test
  void labelNode_cacheOfTheServerIsBehind_theFreshReadDecides() throws Exception {
    String node = stage.node(0);
    JsonNode absent = label(node, null);
    JsonNode before = label(node, "before");

    label(node, "wanted");
    assertThat(labelBehind(node, before).outcome())
        .as("its write is of an old version")
        .isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.writesTo("/nodes/")).hasSize(1);

    JsonNode wanted = label(node, "wanted");
    label(node, "after");
    assertThat(labelBehind(node, wanted).outcome()).isEqualTo(Outcome.CHANGED);
    label(node, null);
    assertThat(labelBehind(node, wanted).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(labelBehind(node, absent).outcome()).isEqualTo(Outcome.NO_CHANGE);
  }

  @Test
  void cordonNode_cacheOfTheServerDoesNotHaveTheNodeYet_isCordoned() throws Exception {
    String node = stage.node(0);
    String uid = Stage.uid(stage.get("Node", node));
    String cordon = "{\"node_name\": \"%s\", \"node_uid\": \"%s\"}".formatted(node, uid);
    serveCached(node, status(404, "NotFound", "no such node"));
    assertThat(stage.carryOut("cordon_node", cordon).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.front.calls()).anyMatch(call -> call.query().equals("resourceVersion=0"));

    String other = stage.get("Node", node).toString().replace(uid, "an-earlier-uid");
    serveCached(node, new Reply.Answer(200, other, 0));
    assertThat(stage.carryOut("uncordon_node", cordon).outcome()).isEqualTo(Outcome.CHANGED);
  }

  /** Sets the label, or removes it; returns the node with it. */
  private JsonNode label(String node, @Nullable String value) {
    ObjectNode patch = json.createObjectNode();
    patch.withObject("/metadata/labels").put("it", value);
    stage.patch(stage.path("Node").name(node), patch.toString());
    return stage.get("Node", node);
  }

  /** Sets the label by an action, for which the server's cache has that object. */
  private ActionResult labelBehind(String node, JsonNode cached) throws InterruptedException {
    serveCached(node, new Reply.Answer(200, cached.toString(), 0));
    return stage.carryOut(
        "label_node", "{\"node_name\": \"%s\", \"labels\": {\"it\": \"wanted\"}}".formatted(node));
  }

  private void serveCached(String node, Reply reply) {
    stage.front.script(call ->
        call.path().endsWith("/nodes/" + node) && call.query().equals("resourceVersion=0")
            ? Optional.of(reply)
            : Optional.empty());
  }

  @Test
  void scaleWorkload_autoscalerVersions_areTakenFromDiscovery() throws Exception {
    stage.deployment("web", 1);
    String scale =
        "{\"kind\": \"Deployment\", \"namespace\": \"NS\", \"name\": \"web\", \"replicas\": %d}";
    assertThat(stage.carryOut("scale_workload", scale.formatted(2)).outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(stage.front.calls())
        .anyMatch(call -> call.path().startsWith("/apis/autoscaling/v2/n"));
    stage.restartAgent();
    stage.front.clear();
    stage.front.script(call ->
        switch (call.path()) {
          case "/apis/autoscaling" ->
              Optional.of(
                  new Reply.Answer(
                      200,
                      "{\"versions\": [{\"version\": \"v1\"}, {\"version\": \"v2beta2\"}]}",
                      0));
          case "/apis/autoscaling/v2beta2" ->
              Optional.of(
                  new Reply.Answer(
                      200, "{\"resources\": [{\"name\": \"horizontalpodautoscalers\"}]}", 0));
          default ->
              call.path().startsWith("/apis/autoscaling/v2beta2/")
                  ? Optional.of(
                      new Reply.Answer(
                          200,
                          """
                          {"items": [{"metadata": {"name": "old-scaler"}, "spec":
                            {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
                                                "name": "web"}}}]}
                          """,
                          0))
                  : Optional.empty();
        });
    ActionResult refused = stage.carryOut("scale_workload", scale.formatted(3));
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.message()).contains("old-scaler");
  }

  @Test
  void resizePod_clusterWithoutIt_isUnsupported() throws Exception {
    stage.serveEdited(
        "/api/v1",
        discovery -> {
          ObjectNode object = (ObjectNode) discovery;
          object.putArray("resources").addObject().put("name", "pods");
        });
    ActionResult result = resize(sizedPod(), "2", ", \"wait_seconds\": 5");
    assertThat(result.outcome()).isEqualTo(Outcome.UNSUPPORTED);
    assertThat(stage.writesTo("/pods/")).isEmpty();
  }

  @Test
  void resizePod_roomOnTheNode_endsWhenTheKubeletHasAppliedIt() throws Exception {
    String pod = sizedPod();
    ActionResult result = resize(pod, "2", "");
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.get("Pod", pod).at("/status/containerStatuses/0/resources/requests/cpu"))
        .hasToString("\"2\"");
    assertThat(result.details().at("/before/requests/cpu").asString("")).isEqualTo("1");
    assertThat(resize(pod, "2000m", "").outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.writesTo("/resize")).hasSize(1);
  }

  @Test
  void resizePod_infeasible_isFailedAndDeferredIsTimedOut() throws Exception {
    String pod = sizedPod();
    pending(pod, "Infeasible", "Node didn't have enough capacity: cpu");
    ActionResult infeasible = resize(pod, "999", ", \"wait_seconds\": 20");
    assertThat(infeasible.outcome()).as(infeasible.message()).isEqualTo(Outcome.FAILED);
    assertThat(infeasible.message()).contains("Infeasible", "enough capacity");
    pending(pod, "Deferred", "Node didn't have enough resource: cpu");
    ActionResult deferred = resize(pod, "998", ", \"wait_seconds\": 2");
    assertThat(deferred.outcome()).as(deferred.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(deferred.message()).contains("Deferred");
    assertThat(stage.evictions()).as("never a silent eviction").isEmpty();
    assertThat(stage.find("Pod", pod)).isPresent();
  }

  @Test
  void resizePod_serverThatAnswersHasItNot_isUnsupportedAndDiscoveryAskedAgain() throws Exception {
    String pod = sizedPod();
    stage.front.script(call ->
        call.path().endsWith("/resize")
            ? Optional.of(status(404, "NotFound", "could not find the requested resource"))
            : Optional.empty());
    ActionResult result = resize(pod, "2", "");
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.UNSUPPORTED);
    assertThat(stage.writesTo("/resize")).hasSize(2);
    stage.front.script(_ -> Optional.empty());
    assertThat(resize(pod, "2", "").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.front.calls()).filteredOn(call -> call.path().equals("/api/v1")).hasSize(2);
  }

  @Test
  void drainNode_manyPods_savesItsProgressInFewSmallWrites() throws Exception {
    String node = fullNode(25);
    ActionResult result = stage.carryOut("drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    stage.uncordon(node);
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    List<Call> saves =
        stage.writesTo("/agentactions/").stream()
            .filter(call -> call.json().at("/status/progress").isObject())
            .toList();
    assertThat(saves).isNotEmpty().hasSizeLessThan(8);
    assertThat(saves).allMatch(call -> call.body().length() < 16_000);
    String uid = stage.get("Node", node).at("/metadata/uid").stringValue();
    assertThat(saves.getFirst().json().at("/status/progress/nodeUid").asString(""))
        .as("which node it is, before it is touched")
        .isEqualTo(uid);
    List<Call> calls = stage.front.calls();
    assertThat(calls.indexOf(saves.getFirst()))
        .isLessThan(calls.indexOf(stage.writesTo("/nodes/").getFirst()));
    assertThat(saves.get(1).json().at("/status/progress/pods").size())
        .as("all that it set out to evict is known before the first eviction")
        .isGreaterThanOrEqualTo(25);
    assertThat(stage.evictions())
        .filteredOn(call -> call.path().contains(stage.namespace))
        .hasSize(25);
  }

  @Test
  void drainNode_resumedPastItsDeadline_writesNothingButTakesItsCordonBack() throws Exception {
    String node = fullNode(3);
    String id = "resumed-" + stage.namespace;
    leaveBehind(id, node, Instant.now().minusSeconds(100));
    stage.patch(
        stage.path("Node").name(node),
        "{\"metadata\": {\"annotations\": {\"agent.mloptimizer.com/cordoned-by\": \"%s\"}}, \"spec\": {\"unschedulable\": true}}"
            .formatted(id));
    stage.restartAgent();
    ActionResult result = stage.result(id);

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(stage.evictions()).isEmpty();
    assertThat(stage.isCordoned(node)).isFalse();
    assertThat(result.details().path("pods").valueStream().map(pod -> pod.path("pod").asString("")))
        .as("what the attempt before evicted is reported too")
        .contains("shop/gone-long-ago")
        .filteredOn(pod -> pod.startsWith(stage.namespace))
        .hasSize(3);
  }

  /**
   * An action that an agent began and did not end, with a deadline 50 seconds after it was issued.
   */
  private void leaveBehind(String id, String node, Instant issuedAt) {
    ReceivedEnvelope envelope =
        RunningActuator.envelope(
            id,
            "drain_node",
            "{\"node_name\": \"%s\", \"timeout_seconds\": 50}".formatted(node),
            issuedAt.plusSeconds(600));
    ResourcePath actions =
        ResourcePath.group("agent.mloptimizer.com", "v1alpha1", "agentactions")
            .namespace("default");
    assertThat(
            stage
                .send(ApiRequest.post(actions, RunningActuator.entry(id, "drain_node", envelope)))
                .isSuccess())
        .isTrue();
    stage.patch(
        actions.name(id).subresource("status"),
        """
        {"status": {"phase": "Running", "attempts": 1, "startedAt": "%s",
          "progress": {"pods": {"an-old-uid": {"pod": "shop/gone-long-ago", "gone": true}}}}}
        """
            .formatted(issuedAt));
  }

  /** A node that runs all pods of a Deployment of that size. */
  private String fullNode(int pods) {
    String node = stage.node(2);
    stage.cordon(stage.node(0));
    stage.cordon(stage.node(1));
    stage.deployment("many", pods);
    stage.uncordon(stage.node(0));
    stage.uncordon(stage.node(1));
    stage.front.clear();
    return node;
  }

  /** A pod whose container requests one CPU. */
  private String sizedPod() {
    stage.create(
        "Pod",
        """
        {"metadata": {"name": "sized", "labels": {"app": "sized"}},
         "spec": {"nodeName": "%s", "containers": [{"name": "main", "image": "x",
           "resources": {"requests": {"cpu": "1", "memory": "1Mi"}}}]}}
        """
            .formatted(stage.node(0)));
    stage.await("sized to run", () -> stage.running("sized").size() == 1);
    return "sized";
  }

  /** After the resize the pod looks as a kubelet leaves it that cannot do it. */
  private void pending(String pod, String reason, String message) {
    AtomicInteger resized = new AtomicInteger();
    stage.front.script(call -> {
      if (call.path().endsWith("/resize")) {
        resized.incrementAndGet();
        return Optional.of(new Reply.Answer(200, stage.get("Pod", pod).toString(), 0));
      }
      if (resized.get() == 0 || !call.path().endsWith("/pods/" + pod)) {
        return Optional.empty();
      }
      ObjectNode seen = (ObjectNode) stage.get("Pod", pod).deepCopy();
      seen.withObject("/status")
          .withArray("/conditions")
          .addObject()
          .put("type", "PodResizePending")
          .put("status", "True")
          .put("reason", reason)
          .put("message", message);
      return Optional.of(new Reply.Answer(200, seen.toString(), 0));
    });
  }

  private ActionResult resize(String pod, String cpu, String more) throws Exception {
    return stage.carryOut(
        "resize_pod",
        """
        {"namespace": "NS", "pod_name": "%s", "container": "main",
         "resources": {"requests": {"cpu": "%s"}}%s}
        """
            .formatted(pod, cpu, more));
  }
}
