package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.SOON;
import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
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
import tools.jackson.databind.node.ObjectNode;

/** {@code cancel_action}, of a drain that a disruption budget holds up and of what waits for it. */
@Timeout(60)
class CancelTest {
  @TempDir Path directory;

  private EmbeddedCluster cluster;
  private ReferenceBackend backend;
  private Path kubeconfig;
  private RunningActuator agent;
  private String node;

  @BeforeEach
  void start() throws Exception {
    cluster =
        EmbeddedCluster.builder()
            .seed(1)
            .nodes(3)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(20))
            .build();
    cluster.start();
    kubeconfig = cluster.writeKubeconfig(directory.resolve("kubeconfig"));
    backend = RunningActuator.startBackend();
    agent = start(kubeconfig);
    workloadThatMayNotShrink();
    node = pods().getFirst().at("/spec/nodeName").stringValue();
  }

  /**
   * One action at a time and two that wait, so that a cancel that needed a turn or room would never
   * come.
   */
  private RunningActuator start(Path config) throws Exception {
    RunningActuator started = new RunningActuator(config, backend, false, 1, 2);
    started.awaitReady();
    return started;
  }

  @AfterEach
  void stop() {
    agent.close();
    backend.close();
    cluster.close();
  }

  @Test
  void cancel_runningDrain_reportsEachPodAndUncordons() throws Exception {
    drainUntilBlocked();
    int pods = pods().size();

    ActionResult cancel = cancel("cancel-1", "drain-1");
    ActionResult drain = agent.result("drain-1");

    assertThat(cancel.outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(cancel.details().path("phase").stringValue()).isEqualTo("Running");
    assertThat(drain.outcome()).as(drain.message()).isEqualTo(Outcome.CANCELLED);
    assertThat(drain.success()).isFalse();
    assertThat(drain.details().path("pods")).isNotEmpty();
    for (JsonNode pod : drain.details().path("pods")) {
      assertThat(pod.path("outcome").stringValue()).isEqualTo("cancelled");
    }
    assertThat(isCordoned()).isFalse();
    assertThat(pods()).hasSize(pods);
    assertThat(journal("drain-1").path("cancelledBy").stringValue()).isEqualTo("cancel-1");
    assertThat(journal("cancel-1").path("outcome").stringValue()).isEqualTo("changed");
  }

  @Test
  void cancel_waitingAction_endsAtOnceAndTouchesNothing() throws Exception {
    drainUntilBlocked();
    submit("label-1", "label_node", labels("pool", "a"));
    submit("label-2", "label_node", labels("zone", "b"));

    assertThat(cancel("cancel-1", "label-1").outcome()).isEqualTo(Outcome.CHANGED);
    ActionResult label = agent.result("label-1");

    assertThat(label.outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(label.attempts()).isZero();
    assertThat(journal("drain-1").path("phase").stringValue()).isEqualTo("Running");

    cancel("cancel-2", "drain-1");
    assertThat(agent.result("label-2").outcome())
        .as("others keep their turn")
        .isEqualTo(Outcome.CHANGED);
    assertThat(node().at("/metadata/labels/pool").isMissingNode()).isTrue();
  }

  @Test
  void cancel_sentRightAfterTheAction_stillFindsIt() throws Exception {
    submit("drain-1", "drain_node", "{\"node_name\": \"%s\"}".formatted(node));

    assertThat(cancel("cancel-1", "drain-1").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(agent.result("drain-1").outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(isCordoned()).isFalse();
  }

  @Test
  void cancel_endedUnknownOrItself_isNoChangeAndSaysWhy() throws Exception {
    agent.carryOut("label-1", "label_node", labels("pool", "a"));

    ActionResult ended = cancel("cancel-1", "label-1");
    ActionResult unknown = cancel("cancel-2", "never-seen");
    ActionResult itself = cancel("cancel-3", "cancel-3");

    assertThat(ended.outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(ended.message()).contains("label-1 has ended");
    assertThat(unknown.outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(unknown.message()).contains("never-seen");
    assertThat(itself.outcome()).isEqualTo(Outcome.NO_CHANGE);
  }

  @Test
  void cancel_dryRun_plansAndLetsTheActionGoOn() throws Exception {
    drainUntilBlocked();
    agent.actuator.submit(
        envelope("cancel-1", "cancel_action", id("drain-1"), Instant.now().plusSeconds(600), true),
        Source.WEBSOCKET);

    assertThat(agent.result("cancel-1").outcome()).isEqualTo(Outcome.PLANNED);
    assertThat(journal("drain-1").path("phase").stringValue()).isEqualTo("Running");
    assertThat(journal("drain-1").has("cancelledBy")).isFalse();
  }

  @Test
  void cancel_afterARestart_findsTheDrainAndUndoesItsCordon() throws Exception {
    drainUntilBlocked();
    agent.stop();
    assertThat(isCordoned()).as("suspended, not given up").isTrue();
    agent.close();
    agent = start(kubeconfig);

    assertThat(cancel("cancel-1", "drain-1").outcome()).isEqualTo(Outcome.CHANGED);
    ActionResult drain = agent.result("drain-1");

    assertThat(drain.outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(drain.attempts()).isEqualTo(2);
    assertThat(isCordoned()).isFalse();
  }

  @Test
  void run_cancelledBeforeTheAgentWasKilled_staysCancelled() throws Exception {
    drainUntilBlocked();
    agent.stop();
    JsonNode object = object("drain-1");
    ((ObjectNode) object.path("status")).put("cancelledBy", "cancel-1");
    cluster.apply(object);
    agent.close();
    agent = start(kubeconfig);

    assertThat(agent.result("drain-1").outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(isCordoned()).isFalse();
  }

  @Test
  void submit_noRoomLeft_isRejectedThenAcceptedAndCancelsStillPass() throws Exception {
    drainUntilBlocked();
    submit("label-1", "label_node", labels("one", "a"));
    submit("label-2", "label_node", labels("two", "a"));
    ReceivedEnvelope third = envelope("label-3", "label_node", labels("three", "a"));
    agent.actuator.submit(third, Source.POLL);

    assertThat(agent.awaitAck(third).status()).isEqualTo(AckStatus.REJECTED);
    assertThat(agent.awaitAck(third).reason()).isEqualTo("capacity");
    assertThat(cluster.get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", "label-3"))
        .isEmpty();

    assertThat(cancel("cancel-1", "drain-1").outcome()).isEqualTo(Outcome.CHANGED);
    agent.result("label-2");
    agent.frames.clear();
    agent.actuator.submit(third, Source.WEBSOCKET);
    assertThat(agent.awaitAck(third).status()).isEqualTo(AckStatus.ACCEPTED);
    assertThat(agent.result("label-3").outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void submit_noRoomLeftByDrainsThatWaitForTheirTurn_isRejected() throws Exception {
    agent.close();
    agent = new RunningActuator(kubeconfig, backend, false, 2, 2);
    agent.awaitReady();
    drainUntilBlocked();
    submit("drain-2", "drain_node", "{\"node_name\": \"another\"}");
    submit("drain-3", "drain_node", "{\"node_name\": \"a-third\"}");
    for (String waiting : List.of("drain-2", "drain-3")) {
      RunningActuator.await(
          waiting,
          () ->
              agent.frames.stream()
                  .map(Object::toString)
                  .filter(
                      frame -> frame.contains(waiting) && frame.contains("waiting for its turn"))
                  .findFirst());
    }
    ReceivedEnvelope label = envelope("label-1", "label_node", labels("one", "a"));
    agent.actuator.submit(label, Source.WEBSOCKET);
    assertThat(agent.awaitAck(label).reason()).isEqualTo("capacity");

    cancel("cancel-1", "drain-2");
    agent.result("drain-2");
    agent.frames.clear();
    agent.actuator.submit(label, Source.WEBSOCKET);
    assertThat(agent.awaitAck(label).status()).isEqualTo(AckStatus.ACCEPTED);
  }

  @Test
  void deleteAgentAction_whileItWaits_endsItWithoutTouching() throws Exception {
    drainUntilBlocked();
    submit("label-1", "label_node", labels("one", "a"));
    RunningActuator.await(
        "entry",
        () -> cluster.get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", "label-1"));
    cluster.delete("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", "label-1");
    cancel("cancel-1", "drain-1");

    assertThat(agent.result("label-1").outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(node().at("/metadata/labels/one").isMissingNode()).isTrue();
  }

  private void drainUntilBlocked() throws Exception {
    submit("drain-1", "drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    boolean blocked =
        cluster.await(
            () ->
                cluster.requests().stream().anyMatch(r -> r.path().endsWith("/eviction"))
                    && isCordoned(),
            SOON);
    assertThat(blocked).isTrue();
  }

  private ActionResult cancel(String id, String cancelled) throws InterruptedException {
    return agent.carryOut(id, "cancel_action", id(cancelled));
  }

  private void submit(String id, String type, String parameters) {
    agent.actuator.submit(envelope(id, type, parameters), Source.WEBSOCKET);
  }

  private static String id(String cancelled) {
    return "{\"action_id\": \"%s\"}".formatted(cancelled);
  }

  private String labels(String name, String value) {
    return "{\"node_name\": \"%s\", \"labels\": {\"%s\": \"%s\"}}".formatted(node, name, value);
  }

  private void workloadThatMayNotShrink() throws InterruptedException {
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop}
        spec:
          replicas: 6
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: main, image: nginx}]}
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web, namespace: shop}
        spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}
        """);
    boolean ready =
        cluster.await(
            () ->
                pods().stream()
                        .filter(p -> p.at("/status/phase").asString("").equals("Running"))
                        .count()
                    == 6,
            SOON);
    assertThat(ready).isTrue();
  }

  private List<JsonNode> pods() {
    return cluster.list("v1", "Pod", "shop");
  }

  private JsonNode node() {
    return cluster.get("v1", "Node", "", node).orElseThrow();
  }

  private boolean isCordoned() {
    return node().at("/spec/unschedulable").asBoolean(false);
  }

  private JsonNode object(String id) {
    return cluster
        .get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", id)
        .orElseThrow();
  }

  private JsonNode journal(String id) {
    return object(id).path("status");
  }
}
