package com.mloptimizer.agent.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(30)
class WatchTest {
  private static final String NODES = "/api/v1/nodes";
  private static final String NODE = NODES + "/ip-10-0-1-11";

  private final EmbeddedCluster cluster =
      EmbeddedCluster.builder()
          .nodes(2)
          .demoWorkloads(false)
          .historySize(50)
          .bookmarkInterval(Duration.ofMillis(200))
          .build();
  private final ClusterClient client = new ClusterClient(cluster);

  @BeforeEach
  void start() {
    cluster.start();
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  private String version() throws Exception {
    return client.get(NODES).body().at("/metadata/resourceVersion").asString();
  }

  private void label(String value) throws Exception {
    String patch = "{\"metadata\":{\"labels\":{\"tier\":" + value + "}}}";
    assertThat(client.patch(NODE, ClusterClient.MERGE, patch).code()).isEqualTo(200);
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asString()).toList();
  }

  @Test
  void watch_noVersion_startsWithWhatExists() throws Exception {
    assertThat(types(client.watch(NODES + "?watch=1&timeoutSeconds=1")))
        .containsExactly("ADDED", "ADDED");
  }

  @Test
  void watch_fromVersion_onlyWhatCameAfter() throws Exception {
    String from = version();
    label("\"a\"");

    List<JsonNode> events =
        client.watch(NODES + "?watch=1&timeoutSeconds=1&resourceVersion=" + from);

    assertThat(types(events)).containsExactly("MODIFIED");
    assertThat(events.getFirst().at("/object/metadata/labels/tier").asString()).isEqualTo("a");
  }

  @Test
  void watch_selector_objectAppearsAndGoes() throws Exception {
    String from = version();
    label("\"a\"");
    label("\"b\"");
    label("null");

    List<JsonNode> events =
        client.watch(
            NODES + "?watch=1&timeoutSeconds=1&labelSelector=tier%3Da&resourceVersion=" + from);

    assertThat(types(events)).containsExactly("ADDED", "DELETED");
  }

  @Test
  void watch_bookmarksAllowed_carryTheVersion() throws Exception {
    String from = version();
    List<JsonNode> events =
        client.watch(
            NODES + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion=" + from);

    assertThat(types(events)).isNotEmpty().containsOnly("BOOKMARK");
    assertThat(events.getFirst().at("/object/metadata/resourceVersion").asString()).isEqualTo(from);
  }

  @Test
  void watch_versionTooOld_errorEventWith410() throws Exception {
    String from = version();
    label("\"a\"");
    cluster.faults().expireHistory();

    List<JsonNode> events =
        client.watch(NODES + "?watch=1&timeoutSeconds=5&resourceVersion=" + from);

    assertThat(types(events)).containsExactly("ERROR");
    assertThat(events.getFirst().at("/object/code").asInt()).isEqualTo(410);
    assertThat(events.getFirst().at("/object/reason").asString()).isEqualTo("Expired");
  }

  @Test
  void watch_historyOverrun_errorEventWith410() throws Exception {
    String from = version();
    for (int i = 0; i < 60; i++) {
      label("\"v" + i + "\"");
    }

    assertThat(types(client.watch(NODES + "?watch=1&timeoutSeconds=5&resourceVersion=" + from)))
        .containsExactly("ERROR");
  }

  @Test
  void watch_expiredByFault_httpStatus410() throws Exception {
    cluster.faults().expireWatches(1);

    assertThat(client.get(NODES + "?watch=1&timeoutSeconds=1").code()).isEqualTo(410);
    assertThat(types(client.watch(NODES + "?watch=1&timeoutSeconds=1"))).contains("ADDED");
  }

  @Test
  void watch_cut_endsBeforeItsTimeout() throws Exception {
    CompletableFuture<List<JsonNode>> watch =
        CompletableFuture.supplyAsync(() -> {
          try {
            return client.watch(NODES + "?watch=1&timeoutSeconds=600");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(
            cluster.await(
                () -> cluster.requests().stream().anyMatch(ApiRequest::isWatch),
                Duration.ofSeconds(5)))
        .isTrue();
    while (!watch.isDone()) {
      cluster.faults().cutWatches();
      Thread.onSpinWait();
    }

    assertThat(types(watch.get(5, TimeUnit.SECONDS))).isSubsetOf("ADDED");
  }
}
