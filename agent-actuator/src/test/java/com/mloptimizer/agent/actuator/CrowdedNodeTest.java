package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.ApiFront.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.ApiFront.Reply;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The drain of a node with many pods, or with large ones. */
@Timeout(60)
class CrowdedNodeTest {
  private final JsonMapper json = new JsonMapper();
  private EmbeddedCluster cluster;
  private Stage stage;
  private String node;

  @BeforeEach
  void start() throws Exception {
    cluster =
        EmbeddedCluster.builder()
            .seed(7)
            .nodes(2)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(10))
            .longestGrace(Duration.ofMillis(200))
            .build();
    cluster.start();
    stage = Stage.embedded(cluster);
    node = stage.node(0);
  }

  @AfterEach
  void stop() {
    stage.close();
    cluster.close();
  }

  @Test
  void drainNode_pagesExpireOnTheWay_listsFromTheStartAgain() throws Exception {
    fill(3);
    AtomicInteger lists = new AtomicInteger();
    stage.front.script(call -> {
      if (!call.path().equals("/api/v1/pods")) {
        return Optional.empty();
      }
      return switch (lists.incrementAndGet()) {
        case 1 ->
            Optional.of(
                new Reply.Answer(200, "{\"metadata\": {\"continue\": \"2\"}, \"items\": []}", 0));
        case 2 -> Optional.of(status(410, "Expired", "the provided continue parameter is too old"));
        default -> Optional.empty();
      };
    });
    ActionResult result = stage.carryOut("drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions())
        .filteredOn(call -> call.path().contains(stage.namespace))
        .hasSize(3);
  }

  @Test
  void drainNode_tenMebibytesOfPods_areReadAllTheSame() throws Exception {
    fill(3);
    stage.front.script(call -> {
      if (!call.path().equals("/api/v1/pods")) {
        return Optional.empty();
      }
      ObjectNode list = json.createObjectNode();
      list.putArray("items").addAll(stage.podsOn(node));
      for (JsonNode pod : list.path("items")) {
        ((ObjectNode) pod)
            .withObject("/metadata/annotations")
            .put("one", "x".repeat(2 << 20))
            .put("other", "x".repeat(2 << 20));
      }
      return Optional.of(new Reply.Answer(200, list.toString(), 0));
    });
    ActionResult result =
        stage.carryOut(
            "drain_node", "{\"node_name\": \"%s\", \"timeout_seconds\": 20}".formatted(node));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(result.details().path("pods").size()).isEqualTo(3);
  }

  @Test
  void drainNode_cancelledWhileRequestsAreUnderWay_sendsNoMoreOfThem() throws Exception {
    stage.restartAgent(null, evictions(1000));
    fill(55);
    CountDownLatch open = new CountDownLatch(1);
    stage.front.script(call -> {
      if (call.isEviction()) {
        open.await();
      }
      return Optional.empty();
    });
    String drain = stage.submit("drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    stage.await("as many evictions as may be under way", () -> stage.evictions().size() == 50);
    stage.carryOut("cancel_action", "{\"action_id\": \"%s\"}".formatted(drain));
    open.countDown();
    ActionResult result = stage.result(drain);

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CANCELLED);
    assertThat(stage.evictions()).hasSize(50);
  }

  private static GuardrailConfiguration evictions(int perMinute) {
    GuardrailConfiguration standard = GuardrailConfiguration.standard();
    return new GuardrailConfiguration(
        standard.allowedActions(),
        standard.protectedNamespaces(),
        standard.protectedSelector(),
        standard.maxConcurrentDrains(),
        perMinute,
        null,
        null,
        List.of());
  }

  /** Has the node run all pods of a Deployment of that size. */
  private void fill(int pods) {
    stage.cordon(stage.node(1));
    stage.deployment("many", pods);
    stage.uncordon(stage.node(1));
    stage.front.clear();
  }
}
