package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static com.mloptimizer.agent.main.Surroundings.log;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import com.mloptimizer.agent.main.Surroundings.Ending;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** One agent, started by its launcher, at work between a cluster and a backend. */
@Timeout(180)
class AgentIT {
  @TempDir private static Path directory;

  private static Surroundings surroundings;
  private static AgentProcess agent;

  @BeforeAll
  static void start() throws Exception {
    surroundings = Surroundings.start(EmbeddedCluster.builder().nodes(6).build(), directory);
    agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
  }

  @AfterAll
  static void stop() {
    surroundings.close();
  }

  @Test
  void run_started_registersConnectsAndBeats() throws Exception {
    RegisterRequest registration = surroundings.backend().awaitRegistration(SOON);
    assertThat(registration.clusterId()).isEqualTo("test");
    assertThat(registration.agentId()).isEqualTo("agent-1");
    assertThat(registration.kubernetesVersion()).startsWith("v1.");
    assertThat(registration.capabilities())
        .contains("metrics", "events", "action:cordon_node", "action:drain_node");

    HeartbeatRequest beat =
        surroundings
            .backend()
            .await(
                "a healthy heartbeat",
                () ->
                    surroundings.backend().heartbeats().stream()
                        .filter(h -> h.status() == HeartbeatRequest.Status.HEALTHY)
                        .findFirst(),
                SOON);
    assertThat(beat.bootId()).isEqualTo(registration.bootId());
    assertThat(beat.components()).hasSize(4);
    surroundings.awaitLine(agent, "heartbeat - INFO - Agent registered successfully");
    surroundings.awaitLine(agent, "websocket - INFO - WebSocket connection established");
  }

  @Test
  void run_collects_sendsAllFourKindsOfMetrics() throws Exception {
    String pod = firstPod("shop");
    surroundings.cluster().delete("v1", "Pod", "shop", pod); // Something happens: events.

    surroundings
        .backend()
        .await(
            "all kinds of metrics",
            () ->
                Optional.of(kinds())
                    .filter(kinds ->
                        kinds.containsAll(
                            List.of(
                                PodMetric.class,
                                NodeMetric.class,
                                WorkloadMetric.class,
                                EventMetric.class))),
            SOON);

    surroundings.awaitLine(agent, "Collected metrics for [1-9][0-9]* pods");
    surroundings.awaitLine(agent, "Collected metrics for 6 nodes");
    surroundings.awaitLine(agent, "Successfully sent [1-9][0-9]* metrics to backend");
  }

  private static Set<Class<?>> kinds() {
    Stream<MetricRecord> records =
        surroundings.backend().batches().stream().flatMap(batch -> batch.metrics().stream());
    return records.map(Object::getClass).collect(Collectors.toSet());
  }

  @Test
  void run_cordonPushed_changesTheNodeAndReports() throws Exception {
    String node = node(0);

    ActionId id =
        surroundings.backend().push(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node));

    ResultRequest result = surroundings.backend().awaitResult(id, SOON);
    assertThat(result.result().success()).as(result.toString()).isTrue();
    assertThat(isCordoned(node)).isTrue();
    surroundings.awaitLine(
        agent, "Executing action cordon_node on Node/" + node + ".*" + id.value());
    AgentFrame.ActionAck ack = surroundings.backend().awaitFrame(AgentFrame.ActionAck.class, SOON);
    assertThat(ack.envelopeSha256()).isNotEmpty();
  }

  @Test
  void run_cordonOffered_isPolledAndDone() throws Exception {
    String node = node(1);

    ActionId id =
        surroundings
            .backend()
            .offer(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node));

    assertThat(surroundings.backend().awaitResult(id, SOON).result().success()).isTrue();
    assertThat(isCordoned(node)).isTrue();
  }

  @Test
  void run_forgedActionPushed_isRefusedAndChangesNothing() throws Exception {
    String node = node(2);

    boolean sent =
        surroundings
            .backend()
            .pushBadlySigned(
                ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node).withId("forged"));

    assertThat(sent).isTrue();
    AgentFrame.ActionAck ack =
        surroundings
            .backend()
            .await(
                "the refusal",
                () ->
                    surroundings.backend().frames().stream()
                        .filter(AgentFrame.ActionAck.class::isInstance)
                        .map(AgentFrame.ActionAck.class::cast)
                        .filter(a -> "bad_signature".equals(a.reason()))
                        .findFirst(),
                SOON);
    assertThat(ack.actionId()).as("nothing is believed of it").isNull();
    surroundings.awaitLine(agent, "Invalid signature");
    assertThat(isCordoned(node)).isFalse();
    assertThat(surroundings.backend().results())
        .noneMatch(result -> result.actionId().value().equals("forged"));
  }

  @Test
  void http_running_answersProbesAndMetrics() throws Exception {
    awaitReady();

    assertThat(surroundings.get(agent, "/healthz").statusCode()).isEqualTo(200);
    assertThat(surroundings.get(agent, "/readyz").statusCode()).isEqualTo(200);
    assertThat(surroundings.get(agent, "/metrics").body())
        .contains("agent_build_info{version=", "agent_component_up{component=\"collector\",} 1.0");
    assertThat(surroundings.get(agent, "/status").body()).doesNotContain("0123456789abcdef");
  }

  @Test
  void status_running_saysReadyWithExitCodeZero() throws Exception {
    awaitReady();

    Ending ending =
        surroundings.agent("status", "--url=http://127.0.0.1:" + agent.httpPort() + "/");

    assertThat(ending.code()).as(ending.output()).isZero();
    assertThat(ending.output())
        .containsPattern("cluster_id +test")
        .containsPattern("ready +true")
        .containsPattern("collector +healthy")
        .containsPattern("actuator +healthy")
        .containsPattern("websocket +connected")
        .containsPattern("API_KEY +\\*\\*\\* +environment")
        .contains("PERMISSIONS\ncomplete");
  }

  @Test
  void supportBundle_running_isOneZipWithoutSecrets() throws Exception {
    awaitReady();
    Path file = directory.resolve("bundle.zip");

    Ending ending =
        surroundings.agent(
            "support-bundle", "--url=http://127.0.0.1:" + agent.httpPort(), "--output=" + file);

    assertThat(ending.code()).as(ending.output()).isZero();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.stream()).hasSize(6);
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String text = new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
        assertThat(text)
            .as(entry.getName())
            .isNotEmpty()
            .doesNotContain("0123456789abcdef", "an-api-key", surroundings.cluster().token());
      }
    }
    Ending again =
        surroundings.agent(
            "support-bundle", "--url=http://127.0.0.1:" + agent.httpPort(), "--output=" + file);
    assertThat(again.code()).isEqualTo(ExitCode.FAILED);
    assertThat(again.output()).contains("exists already");
  }

  @Test
  void run_remoteConfiguration_changesTheLogLevelAtOnce() throws Exception {
    awaitReady();
    surroundings
        .backend()
        .pushConfig(
            1,
            JsonNodeFactory.instance
                .objectNode()
                .put("log_level", "DEBUG")
                .put("collection_interval_seconds", 1)
                .put("action_poll_interval_seconds", 1)
                .put("heartbeat_interval_seconds", 1));

    surroundings.awaitLine(agent, "heartbeat - DEBUG - Heartbeat sent successfully");
    assertThat(surroundings.get(agent, "/status").body())
        .contains("{\"name\":\"LOG_LEVEL\",\"value\":\"DEBUG\",\"origin\":\"remote\"}");
  }

  @Test
  void run_anything_neverLogsSecrets() throws Exception {
    awaitReady();

    assertThat(log(agent)).doesNotContain("0123456789abcdef", "an-api-key");
    assertThat(log(agent)).doesNotContain(surroundings.cluster().token());
  }

  private static void awaitReady() throws Exception {
    boolean ready = surroundings.cluster().await(() -> status("/readyz") == 200, SOON);
    assertThat(ready).as(() -> log(agent)).isTrue();
  }

  private static int status(String path) {
    try {
      return surroundings.get(agent, path).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static String node(int index) {
    return name(surroundings.cluster().list("v1", "Node", "").get(index));
  }

  private static String firstPod(String namespace) {
    return name(surroundings.cluster().list("v1", "Pod", namespace).getFirst());
  }

  private static String name(JsonNode object) {
    return object.at("/metadata/name").stringValue();
  }

  private static boolean isCordoned(String node) {
    return surroundings
        .cluster()
        .get("v1", "Node", "", node)
        .orElseThrow()
        .at("/spec/unschedulable")
        .asBoolean(false);
  }
}
