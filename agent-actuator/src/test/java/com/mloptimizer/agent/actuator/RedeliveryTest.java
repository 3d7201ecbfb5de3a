package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.ApiFront.Call;
import com.mloptimizer.agent.actuator.ApiFront.Reply;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionAck;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What comes in again, or comes in under a known id, when it could not be accepted any more. */
@Timeout(60)
class RedeliveryTest {
  /** What an agent still accepts of an action that has expired. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private static EmbeddedCluster cluster;

  private Stage stage;

  @BeforeAll
  static void startCluster() {
    cluster =
        EmbeddedCluster.builder()
            .seed(5)
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
    stage.close();
  }

  @Test
  void submit_againWhenItHasExpiredAndRuns_isADuplicateAndItsOwnResultIsToldOnly()
      throws Exception {
    stage.deployment("web", 1);
    stage.budget("web", "web", 1);
    String pod = Stage.name(stage.running("web").getFirst());
    Instant expiresAt = Instant.now().minus(SKEW).plusSeconds(3);
    ReceivedEnvelope envelope =
        envelope(
            id("running"),
            "evict_pod",
            "{\"namespace\": \"%s\", \"pod_name\": \"%s\", \"timeout_seconds\": 900}"
                .formatted(stage.namespace, pod),
            expiresAt);
    submit(envelope);
    stage.await("the eviction", () -> !stage.evictions().isEmpty());
    stage.await("the expiry", () -> Instant.now().isAfter(expiresAt.plus(SKEW)));

    assertThat(submitAgain(envelope).status()).isEqualTo(AckStatus.DUPLICATE);
    stage.patch(stage.path("PodDisruptionBudget").name("web"), "{\"spec\": {\"minAvailable\": 0}}");
    assertThat(stage.result(id("running")).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(posts("running")).hasSize(1);
  }

  @Test
  void submit_againWhenItHasExpiredAndEnded_isADuplicateWhoseResultIsSentAgain() throws Exception {
    Instant expiresAt = Instant.now().minus(SKEW).plusSeconds(2);
    ReceivedEnvelope envelope = envelope(id("ended"), "cordon_node", unknownNode(), expiresAt);
    submit(envelope);
    ActionResult result = stage.result(id("ended"));
    stage.await("the expiry", () -> Instant.now().isAfter(expiresAt.plus(SKEW)));

    assertThat(submitAgain(envelope).status()).isEqualTo(AckStatus.DUPLICATE);
    stage.await("the result again", () -> posts("ended").size() == 2);
    assertThat(posts("ended")).extracting(ResultRequest::result).containsOnly(result);
  }

  @Test
  void submit_invalidPayloadUnderAKnownId_isAConflictAndNoResult() throws Exception {
    submit(envelope(id("known"), "cordon_node", unknownNode()));
    stage.result(id("known"));
    ActionAck ack = submitAgain(envelope(id("known"), "cordon_node", "{\"no\": \"node\"}"));

    assertThat(ack.status()).isEqualTo(AckStatus.REJECTED);
    assertThat(ack.reason()).isEqualTo("id_conflict");
    assertThat(posts("known")).hasSize(1);
  }

  @Test
  void submit_invalidAndTheJournalIsAway_asksForRedelivery() throws Exception {
    ReceivedEnvelope invalid = envelope(id("away"), "cordon_node", "{\"no\": \"node\"}");
    stage.front.script(
        call -> isJournal(call) ? Optional.of(new Reply.Dropped()) : Optional.empty());
    assertThat(submitAgain(invalid).reason()).isEqualTo("capacity");
    stage.front.script(_ -> Optional.empty());
    assertThat(submitAgain(invalid).reason()).isEqualTo("invalid_parameters");
    assertThat(stage.result(id("away")).reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
  }

  @Test
  void submit_stormOfInvalidActions_looksUpAsManyAsThereIsRoomForAndLeavesRoomForOthers()
      throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    stage.front.script(call -> {
      if (isJournal(call) && call.path().contains("invalid-")) {
        open.await();
      }
      return Optional.empty();
    });
    for (int i = 0; i < 1000; i++) {
      submit(envelope(id("invalid-" + i), "cordon_node", "{\"no\": \"node\"}"));
    }
    assertThat(acks("capacity")).hasSize(1000 - 64);
    open.countDown();
    assertThat(stage.carryOut("cordon_node", unknownNode()).outcome()).isEqualTo(Outcome.FAILED);
    stage.await("the others' answers", () -> acks("invalid_parameters").size() == 64);
  }

  @Test
  void submit_claimWrittenButUnansweredUntilItHasExpired_isCarriedOutAndReportedOnce()
      throws Exception {
    Instant expiresAt = Instant.now().minus(SKEW).plusSeconds(3);
    AtomicBoolean claimed = new AtomicBoolean();
    stage.front.script(call -> {
      if (!isJournal(call) || Instant.now().isAfter(expiresAt.plus(SKEW).plusSeconds(2))) {
        return Optional.empty();
      }
      return call.method().equals("POST") && claimed.compareAndSet(false, true)
          ? Optional.of(new Reply.Lost())
          : Optional.of(new Reply.Dropped());
    });
    submit(envelope(id("unanswered"), "cordon_node", unknownNode(), expiresAt));
    ActionResult result = stage.result(id("unanswered"));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.TIMED_OUT);
    stage.await(
        "the end in the journal",
        () -> entry("unanswered").at("/status/outcome").asString("").equals("timed_out"));
    assertThat(posts("unanswered")).hasSize(1);
  }

  @Test
  void result_acknowledgedButNotMarked_isOwedNoMore() throws Exception {
    stage.front.script(call ->
        isJournal(call)
                && call.path().endsWith("/status")
                && call.json().at("/status/reported").asBoolean(false)
            ? Optional.of(new Reply.Dropped())
            : Optional.empty());
    submit(envelope(id("unmarked"), "cordon_node", unknownNode()));
    stage.await("the result", () -> posts("unmarked").size() == 1);
    stage.await("no result that is owed", () -> owed() == 0);
    assertThat(entry("unmarked").at("/status/reported").asBoolean(true)).isFalse();
  }

  @Test
  void submit_actionThatTheJournalDoesNotTake_isItsOwnFaultAndNoReasonToBeUnready()
      throws Exception {
    refuseClaims(422, "Invalid");
    ActionAck ack = submitAgain(envelope(id("invalid"), "cordon_node", unknownNode()));
    assertThat(ack.reason()).isEqualTo("capacity");
    assertThat(stage.agent().actuator.missing()).isEmpty();
  }

  @Test
  void submit_conflictAfterARefusedClaim_isReadyAgain() throws Exception {
    submit(envelope(id("known"), "cordon_node", unknownNode()));
    stage.result(id("known"));
    refuseClaims(403, "Forbidden");
    submitAgain(envelope(id("forbidden"), "cordon_node", unknownNode()));
    assertThat(stage.agent().actuator.missing()).isPresent();
    stage.front.script(_ -> Optional.empty());
    ActionAck ack = submitAgain(envelope(id("known"), "uncordon_node", unknownNode()));
    assertThat(ack.reason()).isEqualTo("id_conflict");
    stage.await("readiness", () -> stage.agent().actuator.missing().isEmpty());
  }

  private void refuseClaims(int code, String reason) {
    stage.front.script(call ->
        isJournal(call) && call.method().equals("POST")
            ? Optional.of(ApiFront.status(code, reason, "not this one"))
            : Optional.empty());
  }

  private double owed() {
    return stage.agent().registry.getSampleValue("agent_results_unacknowledged");
  }

  private static boolean isJournal(Call call) {
    return call.path().contains("/agentactions");
  }

  private void submit(ReceivedEnvelope envelope) {
    stage.agent().actuator.submit(envelope, Source.POLL);
  }

  /** The answer to this very delivery. */
  private ActionAck submitAgain(ReceivedEnvelope envelope) {
    stage.agent().frames.clear();
    submit(envelope);
    return stage.agent().awaitAck(envelope);
  }

  private List<ActionAck> acks(String reason) {
    return stage.agent().acks().stream().filter(ack -> reason.equals(ack.reason())).toList();
  }

  private List<ResultRequest> posts(String name) {
    return stage.backend.resultPosts().stream()
        .filter(post -> post.actionId().equals(new ActionId(id(name))))
        .toList();
  }

  private JsonNode entry(String name) {
    return cluster
        .get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", id(name))
        .orElseThrow();
  }

  private String id(String name) {
    return stage.namespace + "-" + name;
  }

  private static String unknownNode() {
    return "{\"node_name\": \"nowhere\"}";
  }
}
