package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParameters.CordonNode;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class TargetEventsTest {
  private final Instant now = Instant.now(); // Old events are deleted.

  @TempDir Path directory;

  @Test
  void ended_longMessage_keepsTheOutcomeAndTheActionsId() throws Exception {
    try (EmbeddedCluster cluster =
        EmbeddedCluster.builder().seed(1).nodes(1).demoWorkloads(false).build()) {
      cluster.start();
      KubernetesClient client = Stage.open(cluster.writeKubeconfig(directory.resolve("config")));
      WriteBehind behind = new WriteBehind(() -> false);
      TargetEvents events = new TargetEvents(client, "agent-1", behind);
      Thread writing = writing(behind);
      events.ended(action("short"), refused("no"));
      events.ended(action("long"), refused("😀".repeat(600)));
      behind.drain(Duration.ofSeconds(20));
      writing.interrupt();
      client.close();

      assertThat(message(cluster, "short")).isEqualTo("no (refused, action short)");
      assertThat(message(cluster, "long"))
          .endsWith("😀 (refused, action long)")
          .hasSizeBetween(999, 1000);
    }
  }

  private static Thread writing(WriteBehind behind) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            behind.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static String message(EmbeddedCluster cluster, String id) {
    List<JsonNode> events = cluster.list("v1", "Event", "default");
    return events.stream()
        .filter(event -> event.at("/metadata/name").asString("").startsWith(id + "."))
        .findFirst()
        .orElseThrow()
        .path("message")
        .stringValue();
  }

  private ActionResult refused(String message) {
    return ActionResult.refused(RejectionReason.UNSAFE, message, now);
  }

  private Action action(String id) {
    return new Action(
        new ActionId(id), "test", new CordonNode("node-1", null), now, now.plusSeconds(60), false);
  }
}
