package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.SOON;
import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A policy, for example, lets the entry of one action be created but not changed. */
@Timeout(60)
class RefusedRecordTest {
  private static final String ACTION = "agent.mloptimizer.com/v1alpha1";

  @TempDir Path directory;

  private EmbeddedCluster cluster;
  private ReferenceBackend backend;
  private Path kubeconfig;

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
  void run_runningIsRefused_othersHaveItsTurnAndItGoesOnAfterwards() throws Exception {
    refuse("act-1");
    try (RunningActuator agent = oneAtATime()) {
      submit(agent, "act-1", "cordon_node", cordon(0));
      awaitRequests("act-1", 1);
      assertThat(agent.carryOut("act-2", "cordon_node", cordon(1)).outcome())
          .isEqualTo(Outcome.CHANGED);
      assertThat(isCordoned(0)).as("nothing is done that is not recorded").isFalse();

      cluster.faults().clear();
      assertThat(agent.result("act-1").outcome()).isEqualTo(Outcome.CHANGED);
      assertThat(isCordoned(0)).isTrue();
    }
  }

  @Test
  void run_recordedWhileAnotherHasItsTurn_beginsAfterThat() throws Exception {
    refuse("act-1");
    try (RunningActuator agent = oneAtATime()) {
      submit(agent, "act-1", "cordon_node", cordon(0));
      awaitRequests("act-1", 1);
      cluster.faults().delay(request -> isWriteOf(request, node(1)), 1, Duration.ofSeconds(4));
      submit(agent, "act-2", "cordon_node", cordon(1));
      assertThat(
              cluster.await(
                  () -> cluster.requests().stream().anyMatch(r -> isWriteOf(r, node(1))), SOON))
          .isTrue();

      cluster.faults().clear();
      assertThat(cluster.await(() -> phase("act-1").equals("Running"), SOON)).isTrue();
      agent.result("act-1");
      assertThat(backend.results())
          .extracting(result -> result.actionId().value())
          .containsExactly("act-2", "act-1");
    }
  }

  @Test
  void run_endIsRefused_othersHaveItsTurnAndItIsReportedOnceRecorded() throws Exception {
    cluster.faults().before(request -> isChange(request, "act-1"), () -> refuse("act-1"));
    try (RunningActuator agent = oneAtATime()) {
      submit(agent, "act-1", "cordon_node", cordon(0));
      awaitRequests("act-1", 2);
      assertThat(isCordoned(0)).isTrue();
      agent.carryOut("act-2", "cordon_node", cordon(1));
      assertThat(backend.results()).hasSize(1);

      cluster.faults().clear();
      ActionResult result = agent.result("act-1");
      assertThat(result.outcome()).isEqualTo(Outcome.CHANGED);
      assertThat(result.attempts()).isEqualTo(1);
    }
  }

  @Test
  void run_manyCancelsAreRefused_anotherOneIsCarriedOut() throws Exception {
    try (RunningActuator agent = oneAtATime()) {
      agent.awaitReady();
      for (int i = 0; i < 6; i++) {
        refuse("cancel-" + i);
        submit(agent, "cancel-" + i, "cancel_action", "{\"action_id\": \"none-" + i + "\"}");
      }
      assertThat(
              agent.carryOut("cancel-9", "cancel_action", "{\"action_id\": \"none-9\"}").outcome())
          .isEqualTo(Outcome.NO_CHANGE);
      cluster.faults().clear();
      assertThat(agent.result("cancel-0").outcome()).isEqualTo(Outcome.NO_CHANGE);
    }
  }

  @Test
  void run_forgedEntryCannotBeClosed_isLeftAndEverythingElseIsCarriedOut() throws Exception {
    cluster.apply(RunningActuator.entry("forged", "?", "{}"));
    refuse("forged");
    try (RunningActuator agent = oneAtATime()) {
      assertThat(agent.carryOut("act-1", "cordon_node", cordon(0)).outcome())
          .isEqualTo(Outcome.CHANGED);
      assertThat(agent.actuator.missing()).isEmpty();
      assertThat(phase("forged")).isEmpty();
    }
    cluster.faults().clear();
    try (RunningActuator next = oneAtATime()) {
      assertThat(next.result("forged").reason()).isEqualTo(RejectionReason.MALFORMED);
    }
  }

  private RunningActuator oneAtATime() throws Exception {
    return new RunningActuator(kubeconfig, backend, false, 1, 256);
  }

  private static void submit(RunningActuator agent, String id, String type, String parameters) {
    agent.actuator.submit(envelope(id, type, parameters), Source.WEBSOCKET);
  }

  /** All changes of this entry from now on. */
  private void refuse(String id) {
    cluster
        .faults()
        .answer(
            request -> isChange(request, id), 10_000, 422, "Invalid", "denied the request: policy");
  }

  private static boolean isChange(ApiRequest request, String id) {
    return request.isWrite() && request.path().endsWith("/" + id + "/status");
  }

  private void awaitRequests(String id, int count) throws InterruptedException {
    assertThat(
            cluster.await(
                () -> cluster.requests().stream().filter(r -> isChange(r, id)).count() >= count,
                SOON))
        .isTrue();
  }

  private String phase(String id) {
    return cluster
        .get(ACTION, "AgentAction", "default", id)
        .orElseThrow()
        .at("/status/phase")
        .asString("");
  }

  private static boolean isWriteOf(ApiRequest request, String name) {
    return request.isWrite() && request.path().endsWith("/" + name);
  }

  private String cordon(int index) {
    return "{\"node_name\": \"%s\"}".formatted(node(index));
  }

  private String node(int index) {
    return cluster.list("v1", "Node", "").get(index).at("/metadata/name").stringValue();
  }

  private boolean isCordoned(int index) {
    return cluster.list("v1", "Node", "").get(index).at("/spec/unschedulable").asBoolean(false);
  }
}
