package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class JournalTest {
  private static final String VERSION = "agent.mloptimizer.com/v1alpha1";
  private static final ActionId ID = new ActionId("act-1");
  private static final Instant STARTED = Instant.parse("2026-11-21T10:00:00.125Z");
  private static final ActionResult RESULT =
      ActionResult.refused(RejectionReason.UNSAFE, "it is", STARTED.plusSeconds(1));

  @TempDir Path directory;

  private EmbeddedCluster cluster;
  private KubernetesClient kubernetes;
  private Journal journal;

  @BeforeEach
  void start() throws Exception {
    cluster = EmbeddedCluster.builder().seed(1).nodes(1).demoWorkloads(false).build();
    cluster.start();
    kubernetes = Stage.open(cluster.writeKubeconfig(directory.resolve("kubeconfig")));
    journal = new Journal(kubernetes, "default");
    cluster.apply(RunningActuator.entry(ID.value(), "cordon_node", "{}"));
  }

  @AfterEach
  void stop() {
    kubernetes.close();
    cluster.close();
  }

  @Test
  void finished_nobodyElseWrote_oneRequestForEachChange() throws Exception {
    JournalEntry accepted = find();
    JournalEntry running = journal.running(accepted, 1, STARTED).orElseThrow();
    assertThat(running).isEqualTo(find());
    assertThat(running.phase()).isEqualTo(Phase.RUNNING);

    assertThat(journal.finished(running, RESULT)).isTrue();
    JournalEntry finished = find();
    assertThat(finished.result()).isEqualTo(RESULT);
    assertThat(finished.startedAt()).isEqualTo(STARTED);
    assertThat(finished.envelope()).isEqualTo(accepted.envelope());
    assertThat(writes()).containsExactly("PUT", "PUT");
  }

  @Test
  void running_cancelledMeanwhile_staysCancelled() throws Exception {
    JournalEntry accepted = find();
    ActionId by = new ActionId("act-2");
    journal.cancelled(ID, by);

    JournalEntry running = journal.running(accepted, 1, STARTED).orElseThrow();
    assertThat(running.phase()).isEqualTo(Phase.RUNNING);
    assertThat(running.cancelledBy()).isEqualTo(by);
    journal.finished(running, RESULT);
    assertThat(find().cancelledBy()).isEqualTo(by);
    assertThat(writes()).as("one in vain").containsExactly("PATCH", "PUT", "PUT", "PUT");
  }

  @Test
  void running_takenUpAgain_keepsWhatTheEarlierAttemptLeft() throws Exception {
    JournalEntry first = journal.running(find(), 1, STARTED).orElseThrow();
    ObjectNode progress = JsonNodeFactory.instance.objectNode();
    progress.withObject("/pods/a-uid").put("pod", "shop/web-1").put("gone", true);
    journal.progress(ID, progress);

    JournalEntry second = journal.running(find(), 2, STARTED).orElseThrow();
    assertThat(second.progress()).isEqualTo(progress);
    assertThat(second.attempts()).isEqualTo(2);

    journal.finished(first, RESULT);
    assertThat(find().result()).isEqualTo(RESULT);
    assertThat(status().has("progress")).as("no attempt follows").isFalse();
  }

  @Test
  void running_entryIsDeleted_nothingIsWritten() throws Exception {
    JournalEntry accepted = find();
    journal.delete(ID.value(), accepted.uid());

    assertThat(journal.running(accepted, 1, STARTED)).isEmpty();
    assertThat(journal.finished(accepted, RESULT)).isFalse();
    assertThat(journal.find(ID)).isEmpty();
  }

  @Test
  void running_anotherEntryHasTheName_isLeftAlone() throws Exception {
    JournalEntry accepted = find();
    journal.delete(ID.value(), accepted.uid());
    cluster.apply(RunningActuator.entry(ID.value(), "cordon_node", "{}"));
    JournalEntry other = find();

    assertThat(journal.running(accepted, 1, STARTED)).isEmpty();
    assertThat(journal.finished(accepted, RESULT)).isFalse();
    assertThat(find()).isEqualTo(other);
  }

  private JournalEntry find() throws Exception {
    return journal.find(ID).orElseThrow();
  }

  private JsonNode status() {
    return cluster.get(VERSION, "AgentAction", "default", ID.value()).orElseThrow().path("status");
  }

  private List<String> writes() {
    return cluster.requests().stream()
        .filter(request -> request.isWrite() && request.path().endsWith("/status"))
        .map(ApiRequest::method)
        .toList();
  }
}
