package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.NodeLimit;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A drain that an earlier agent had begun: the node bears its marked cordon, one pod is gone and
 * noted, one is still there. Whatever keeps it from going on, it takes its cordon back and reports.
 */
@Timeout(60)
class BegunDrainTest extends GuardedAgent {
  private static final String DRAIN = "begun";

  private String left;

  @BeforeEach
  void leaveBehind() throws Exception {
    deployment("shop", "web", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    budget("web");
    JsonNode pod = pods("shop").getFirst();
    left = "shop/" + pod.at("/metadata/name").stringValue();
    ObjectNode node = (ObjectNode) cluster.get("v1", "Node", "", node(0)).orElseThrow();
    node.withObject("/metadata/annotations").put("agent.mloptimizer.com/cordoned-by", DRAIN);
    node.withObject("/spec").put("unschedulable", true);
    cluster.apply(node);
  }

  /** What the journal has of it, with this envelope. */
  private void journal(ReceivedEnvelope envelope, String more) {
    journal(envelope, more, uid(cluster.get("v1", "Node", "", node(0)).orElseThrow()));
  }

  private static String uid(JsonNode object) {
    return object.at("/metadata/uid").stringValue();
  }

  private void journal(ReceivedEnvelope envelope, String more, String nodeUid) {
    String uid = uid(pods("shop").getFirst());
    journal(
        DRAIN,
        "drain_node",
        envelope,
        """
        {"phase": "Running", "attempts": 1, "startedAt": "%s", %s
         "progress": {"nodeUid": "%s",
                      "pods": {"%s": {"pod": "%s"},
                               "gone-uid": {"pod": "shop/long-gone", "gone": true}}}}
        """
            .formatted(Instant.now().minusSeconds(1), more, nodeUid, uid, left));
  }

  private void journal(int timeoutSeconds) {
    journal(drain(DRAIN, 0, timeoutSeconds), "");
  }

  private ReceivedEnvelope drain(String id, int node, int timeoutSeconds) {
    Instant now = Instant.now();
    return envelope(
        id,
        "drain_node",
        "{\"node_name\": \"%s\", \"timeout_seconds\": %d}".formatted(node(node), timeoutSeconds),
        now,
        now.plusSeconds(600),
        false);
  }

  private ActionResult result() throws Exception {
    return agent().result(DRAIN);
  }

  private void assertSettled(ActionResult result, Outcome outcome, String message) {
    assertThat(result.outcome()).as(result.message()).isEqualTo(outcome);
    assertThat(result.message()).contains(message);
    assertThat(result.dryRun()).isFalse();
    assertThat(isUnschedulable(0)).as("its cordon").isFalse();
    assertThat(cluster.get("v1", "Node", "", node(0)).orElseThrow().at("/metadata/annotations"))
        .asString()
        .doesNotContain("cordoned-by");
    assertThat(result.details().path("uncordoned").asBoolean(false)).isTrue();
    assertThat(told(result)).contains("shop/long-gone: changed");
    assertThat(told(result)).anyMatch(line -> line.startsWith(left));
  }

  private static List<String> told(ActionResult result) {
    return result
        .details()
        .path("pods")
        .valueStream()
        .map(pod -> pod.path("pod").asString("") + ": " + pod.path("outcome").asString(""))
        .toList();
  }

  @Test
  void run_typeNotAllowedAnyMore_settlesAndNamesTheRule() throws Exception {
    journal(60);
    allowed = EnumSet.complementOf(EnumSet.of(ActionType.DRAIN_NODE));
    assertSettled(result(), Outcome.FAILED, "guardrail allowed_actions");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_nodeProtectedMeanwhile_settlesAndNamesTheRule() throws Exception {
    journal(60);
    labelNode(node(0), "tier", "critical");
    selector = LabelSelector.parse("tier=critical");
    assertSettled(result(), Outcome.FAILED, "guardrail protected_selector");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_nodesMayNotBeListed_settlesAndSaysSo() throws Exception {
    journal(60);
    nodes = new NodeLimit.Count(3);
    cluster.deny("list", "", "nodes");
    assertSettled(result(), Outcome.FAILED, "the guardrails cannot be checked");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_deadlinePassedMeanwhile_settles() throws Exception {
    Instant issued = Instant.now().minusSeconds(100);
    journal(
        envelope(
            DRAIN,
            "drain_node",
            "{\"node_name\": \"%s\", \"timeout_seconds\": 50}".formatted(node(0)),
            issued,
            issued.plusSeconds(600),
            false),
        "");
    assertSettled(result(), Outcome.TIMED_OUT, "has passed");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_deadlineComesWhileTheGuardrailsCannotBeAsked_settles() throws Exception {
    journal(2);
    nodes = new NodeLimit.Count(3);
    cluster.faults().fail(request -> request.path().equals("/api/v1/nodes"), 1000);
    assertSettled(result(), Outcome.TIMED_OUT, "the API server");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_cancelledMeanwhile_settles() throws Exception {
    journal(drain(DRAIN, 0, 60), "\"cancelledBy\": \"somebody\",");
    assertSettled(result(), Outcome.CANCELLED, "cancelled by action somebody");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_validForLongerThanAcceptedNow_settlesAndSaysSo() throws Exception {
    Instant now = Instant.now();
    journal(
        envelope(
            DRAIN,
            "drain_node",
            "{\"node_name\": \"%s\", \"timeout_seconds\": 600}".formatted(node(0)),
            now,
            now.plus(Duration.ofHours(2)),
            false),
        "");
    assertSettled(result(), Outcome.FAILED, "valid for more than the 3600 s");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_agentOnlyPlansNow_settlesInEarnest() throws Exception {
    journal(60);
    dryRun = true;
    assertSettled(result(), Outcome.FAILED, "DRY_RUN");
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_keyRemovedMeanwhile_isRefusedAndTouchesNothing() throws Exception {
    ObjectNode forged = (ObjectNode) new JsonMapper().readTree(drain(DRAIN, 0, 60).json());
    ((ObjectNode) forged.path("signatures").path(0)).put("sig", "AAAA");
    journal(ReceivedEnvelope.of(forged.toString()), "");
    assertThat(result().reason()).isEqualTo(RejectionReason.BAD_SIGNATURE);
    assertThat(result().message()).contains("what an earlier attempt did stays");
    assertThat(isUnschedulable(0)).as("what cannot be verified is not acted on").isTrue();
  }

  @Test
  void run_nodeIsGone_reportsWhatWasEvicted() throws Exception {
    journal(60);
    cluster.delete("v1", "Node", "", node(0));
    ActionResult result = result();
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.FAILED);
    assertThat(result.message()).contains("not found");
    assertThat(told(result)).contains("shop/long-gone: changed");
    assertThat(told(result)).anyMatch(line -> line.startsWith(left));
  }

  @Test
  void run_nodeReplacedUnderItsName_isStaleAndTheNewOneIsLeftAlone() throws Exception {
    cluster.delete("policy/v1", "PodDisruptionBudget", "shop", "web");
    ObjectNode node = (ObjectNode) cluster.get("v1", "Node", "", node(0)).orElseThrow();
    node.withObject("/metadata/annotations").remove("agent.mloptimizer.com/cordoned-by");
    node.withObject("/spec").remove("unschedulable");
    cluster.apply(node);
    journal(drain(DRAIN, 0, 60), "", "the-uid-of-the-one-before");
    ActionResult result = result();
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.STALE_TARGET);
    assertThat(told(result)).contains("shop/long-gone: changed");
    assertThat(isUnschedulable(0)).isFalse();
    assertThat(writesTo("/eviction")).isEmpty();
  }

  @Test
  void run_anotherDrainWasAcceptedBefore_theBegunOneGoesFirst() throws Exception {
    cluster.delete("policy/v1", "PodDisruptionBudget", "shop", "web");
    journal("accepted", "drain_node", drain("accepted", 1, 60), "{\"phase\": \"Accepted\"}");
    journal(drain(DRAIN, 0, 60), "");
    ActionResult begun = result();
    ActionResult earlier = agent().result("accepted");
    assertThat(begun.outcome()).as(begun.message()).isEqualTo(Outcome.CHANGED);
    assertThat(earlier.startedAt()).isAfterOrEqualTo(begun.finishedAt().minusMillis(50));
  }

  @Test
  void run_cancelledWithAnActionBehindItOnItsNodeAndAllPlacesTaken_keepsItsTurn() throws Exception {
    for (int i = 0; i < 4; i++) {
      cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: ns-%d}}".formatted(i));
      journal(
          "a-" + i,
          "label_resource",
          "{\"kind\": \"Namespace\", \"name\": \"ns-%d\", \"labels\": {\"a\": \"b\"}}".formatted(i),
          "{\"phase\": \"Running\", \"attempts\": 1}");
    }
    journal(drain(DRAIN, 0, 60), "\"cancelledBy\": \"somebody\",");
    journal("behind", "cordon_node", nodeName(0), "{\"phase\": \"Accepted\"}");
    delayWrites("/namespaces/ns-", 4, Duration.ofMillis(500));
    delayWrites("/nodes/", 1, Duration.ofMillis(1500));
    assertThat(result().outcome()).isEqualTo(Outcome.CANCELLED);
    ActionResult behind = agent().result("behind");
    assertThat(behind.outcome()).as(behind.message()).isEqualTo(Outcome.CHANGED);
    assertThat(isUnschedulable(0)).isTrue();
  }

  private void delayWrites(String path, int times, Duration by) {
    cluster
        .faults()
        .delay(request -> request.isWrite() && request.path().contains(path), times, by);
  }

  @Test
  void run_begunCordonThatWasNotDoneAndIsNotAllowedAnyMore_isRefused() throws Exception {
    journal(
        "cordoned",
        "cordon_node",
        nodeName(1),
        "{\"phase\": \"Running\", \"attempts\": 1, \"startedAt\": \"%s\"}"
            .formatted(Instant.now()));
    journal(60);
    allowed = EnumSet.noneOf(ActionType.class);
    ActionResult cordon = agent().result("cordoned");
    assertThat(cordon.outcome()).as(cordon.message()).isEqualTo(Outcome.REFUSED);
    assertThat(isUnschedulable(1)).isFalse();
    result();
  }
}
