package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.SOON;
import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a loop that was ended, or a process before this one, left in the journal. */
@Timeout(60)
class ResumptionTest {
  @TempDir Path directory;

  private EmbeddedCluster cluster;
  private ReferenceBackend backend;
  private Path kubeconfig;
  private final JsonMapper mapper = new JsonMapper();

  @BeforeEach
  void start() throws Exception {
    cluster = EmbeddedCluster.builder().seed(1).nodes(3).demoWorkloads(false).build();
    cluster.start();
    kubeconfig = cluster.writeKubeconfig(directory.resolve("kubeconfig"));
    backend = RunningActuator.startBackend();
  }

  @AfterEach
  void stop() {
    backend.close();
    cluster.close();
  }

  @Test
  void run_interruptedWhileItTakesUpTheJournal_theNextRunTakesUpTheRest() throws Exception {
    for (int i = 0; i < 3; i++) {
      journal("act-" + i, "cordon_node", "{\"node_name\": \"%s\"}".formatted(node(i)));
    }
    cluster
        .faults()
        .delay(
            request -> request.isWrite() && request.path().endsWith("act-0/status"),
            1,
            Duration.ofSeconds(2));
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false, 1, 1)) {
      cluster.await(
          () -> cluster.requests().stream().anyMatch(r -> r.path().endsWith("act-0/status")), SOON);
      agent.restartLoop();
      for (int i = 0; i < 3; i++) {
        assertThat(agent.result("act-" + i).outcome()).isEqualTo(Outcome.CHANGED);
      }
    }
  }

  @Test
  void run_unreadableObjectsInTheJournal_areClosedAndNothingElseSuffers() throws Exception {
    apply(object("not.an.action.id", "{}", "{}"));
    apply(object("no-envelope", "{}", "{}"));
    apply(
        object(
            "no-result",
            cordon("no-result"),
            "{\"phase\": \"Finished\", \"attempts\": 3, \"startedAt\": \"2026-99-99T00:00:00Z\"}"));
    apply(
        object(
            "no-sense",
            cordon("no-sense"),
            "{\"phase\": \"Finished\", \"result\": {\"success\": true, \"outcome\": \"failed\"}}"));
    apply(
        object(
            "no-time",
            cordon("no-time"),
            """
            {"phase": "Finished", "reported": true, "result": {"success": true,
             "outcome": "changed", "message": "by hand", "dry_run": false, "attempts": 1}}
            """));
    apply(object("other-name", cordon("act-1"), "{}"));
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      assertThat(agent.result("no-envelope").reason()).isEqualTo(RejectionReason.MALFORMED);
      assertThat(agent.result("no-result").outcome()).isEqualTo(Outcome.FAILED);
      assertThat(agent.result("no-sense").outcome()).isEqualTo(Outcome.FAILED);
      assertThat(agent.result("no-time").outcome()).isEqualTo(Outcome.FAILED);
      assertThat(agent.result("other-name").reason()).isEqualTo(RejectionReason.ID_CONFLICT);
      assertThat(isCordoned(0)).as("nothing of it was carried out").isFalse();
      assertThat(agent.carryOut("act-2", "cordon_node", node0()).outcome())
          .isEqualTo(Outcome.CHANGED);
    }
  }

  @Test
  void run_claimedWithinOneSecond_areResumedInTheOrderInWhichTheyCame() throws Exception {
    for (int i = 0; i < 5; i++) {
      String id = "act-" + (9 - i); // Not in the order of names.
      ObjectNode object =
          object(
              id,
              text(
                  envelope(
                      id,
                      "label_node",
                      "{\"node_name\": \"%s\", \"labels\": {\"last\": \"%s\"}}"
                          .formatted(node(0), id))),
              "{}");
      ((ObjectNode) object.path("spec"))
          .put("receivedAt", Instant.parse("2026-01-01T00:00:00Z").plusMillis(i).toString());
      apply(object);
    }
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      for (int i = 0; i < 5; i++) {
        agent.result("act-" + (9 - i));
      }
      assertThat(backend.results().stream().map(result -> result.actionId().value()))
          .containsExactly("act-9", "act-8", "act-7", "act-6", "act-5");
    }
  }

  @Test
  void run_acceptedByAnotherClock_isResumedAndNotRefused() throws Exception {
    Instant issuedAt = Instant.now().plusSeconds(90); // The agent's clock was ahead by a minute.
    String parameters = node0();
    apply(
        object(
            "act-1",
            text(
                envelope(
                    "act-1",
                    "cordon_node",
                    parameters,
                    issuedAt,
                    issuedAt.plusSeconds(600),
                    false)),
            "{}"));
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      ActionResult result = agent.result("act-1");
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    }
  }

  @Test
  void run_cancelIsNotFinished_whatItCancelsDoesNotBegin() throws Exception {
    journal("act-1", "cordon_node", node0());
    ObjectNode cancel =
        object(
            "act-2", text(envelope("act-2", "cancel_action", "{\"action_id\": \"act-1\"}")), "{}");
    ((ObjectNode) cancel.path("spec")).put("type", "cancel_action");
    apply(cancel);
    cluster
        .faults()
        .delay(
            request -> request.isWrite() && request.path().endsWith("act-2/status"),
            1,
            Duration.ofMillis(500));
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      assertThat(agent.result("act-1").outcome()).isEqualTo(Outcome.CANCELLED);
      assertThat(agent.result("act-2").outcome()).isEqualTo(Outcome.CHANGED);
      assertThat(isCordoned(0)).isFalse();
    }
  }

  @Test
  void run_moreResultsThanOneReadingTakes_eachIsSentOnce() throws Exception {
    String status =
        """
        {"phase": "Finished", "attempts": 1, "reported": false, "outcome": "changed", "result": {
          "success": true, "outcome": "changed", "message": "done", "dry_run": false, "attempts": 1,
          "started_at": "%1$s", "finished_at": "%1$s", "details": {}}}
        """
            .formatted(Instant.now());
    int results = 950; // The backend remembers 1000.
    for (int i = 0; i < results; i++) {
      apply(object("untold-" + i, "{}", status));
    }
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      RunningActuator.await("all results to be owed", () -> owed(agent).filter(o -> o > 500));
      cluster.await(() -> backend.results().size() == results, SOON);
      assertThat(backend.results()).hasSize(results);
      assertThat(backend.resultPosts()).hasSameSizeAs(backend.results());
      RunningActuator.await("no result to be owed", () -> owed(agent).filter(o -> o == 0));
    }
  }

  private static Optional<Double> owed(RunningActuator agent) {
    return Optional.ofNullable(agent.registry.getSampleValue("agent_results_unacknowledged"));
  }

  @Test
  void submit_leftBehindByALostAnswer_isADuplicateAndStillCarriedOut() throws Exception {
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      agent.awaitReady();
      agent.carryOut("act-1", "cordon_node", node0()); // The journal has been read.
      ReceivedEnvelope envelope = envelope("act-2", "uncordon_node", node0());
      apply(object("act-2", text(envelope), "{}"));
      agent.actuator.submit(envelope, Source.WEBSOCKET);

      assertThat(agent.awaitAck(envelope).status()).isEqualTo(AckStatus.DUPLICATE);
      assertThat(agent.result("act-2").outcome()).isEqualTo(Outcome.CHANGED);
    }
  }

  @Test
  void run_longJournalOfEndedActions_isReadyAtOnceAndActs() throws Exception {
    String status =
        """
        {"phase": "Finished", "attempts": 1, "reported": true, "outcome": "changed", "result": {
          "success": true, "outcome": "changed", "message": "done", "dry_run": false, "attempts": 1,
          "started_at": "%1$s", "finished_at": "%1$s", "details": {}}}
        """
            .formatted(Instant.now());
    for (int i = 0; i < 5000; i++) {
      apply(object("old-" + i, "{}", status));
    }
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      long start = System.nanoTime();
      agent.awaitReady();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
      assertThat(agent.carryOut("act-1", "cordon_node", node0()).outcome())
          .isEqualTo(Outcome.CHANGED);
    }
  }

  @Test
  void submit_unusualEnvelope_isRecordedAllTheSame() throws Exception {
    ObjectNode json =
        (ObjectNode) mapper.readTree(envelope("act-1", "cordon_node", node0()).json());
    JsonNode good = json.path("signatures").path(0);
    ArrayNode signatures = json.putArray("signatures");
    signatures.addObject().put("sig", "AAAA".repeat(1000)).put("keyid", "k".repeat(1000));
    signatures.add(good);
    for (int i = 0; i < 50; i++) {
      signatures.add(i); // Beyond the fourth nobody looks.
      signatures.addObject().put("sig", "AAAA");
    }
    signatures.insertObject(2).put("sig", "AAAA");
    signatures.insertObject(3).put("sig", "AAAA");
    json.put("unknown", "ignored");
    try (RunningActuator agent = new RunningActuator(kubeconfig, backend, false)) {
      agent.actuator.submit(ReceivedEnvelope.of(json.toString()), Source.WEBSOCKET);
      assertThat(agent.result("act-1").outcome()).isEqualTo(Outcome.CHANGED);
    }
  }

  private void apply(JsonNode object) {
    cluster.apply(object);
  }

  private String node0() {
    return "{\"node_name\": \"%s\"}".formatted(node(0));
  }

  private String cordon(String id) {
    return text(envelope(id, "cordon_node", node0()));
  }

  private static String text(ReceivedEnvelope envelope) {
    return new String(envelope.json(), StandardCharsets.UTF_8);
  }

  private boolean isCordoned(int index) {
    return cluster.list("v1", "Node", "").get(index).at("/spec/unschedulable").asBoolean(false);
  }

  private ObjectNode object(String name, String envelope, String status) {
    ObjectNode object = RunningActuator.entry(name, "?", envelope);
    object.set("status", mapper.readTree(status));
    return object;
  }

  private void journal(String id, String type, String parameters) {
    apply(object(id, text(envelope(id, type, parameters)), "{}"));
  }

  private String node(int index) {
    return cluster.list("v1", "Node", "").get(index).path("metadata").path("name").stringValue();
  }
}
