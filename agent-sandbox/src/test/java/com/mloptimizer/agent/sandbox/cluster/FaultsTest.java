package com.mloptimizer.agent.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.mloptimizer.agent.sandbox.cluster.ClusterClient.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class FaultsTest {
  private static final String NODES = "/api/v1/nodes";

  private final EmbeddedCluster cluster =
      EmbeddedCluster.builder().nodes(1).demoWorkloads(false).build();
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

  @Test
  void throttle_onlyMatchingCalls_asOftenAsTold() throws Exception {
    cluster.faults().throttle(call -> call.path().equals(NODES), 2, Duration.ofSeconds(7));

    assertThat(client.get("/api/v1/pods").code()).isEqualTo(200);
    Answer first = client.get(NODES);
    assertThat(first.code()).isEqualTo(429);
    assertThat(first.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(client.get(NODES).code()).isEqualTo(429);
    assertThat(client.get(NODES).code()).isEqualTo(200);
  }

  @Test
  void fail_nextWrite_500AndNothingWritten() throws Exception {
    cluster.faults().fail(ApiRequest::isWrite, 1);
    String node = NODES + "/ip-10-0-1-11";

    int code =
        client.patch(node, ClusterClient.MERGE, "{\"spec\":{\"unschedulable\":true}}").code();

    assertThat(code).isEqualTo(500);
    assertThat(client.get(node).body().at("/spec/unschedulable").asBoolean(false)).isFalse();
  }

  @Test
  void before_nextMatchingCall_isCalledBackOnceAndTheCallIsServed() throws Exception {
    List<String> seen = new ArrayList<>();
    cluster.faults().before(call -> call.path().equals(NODES), () -> seen.add("before"));

    assertThat(client.get(NODES).code()).isEqualTo(200);
    assertThat(client.get(NODES).code()).isEqualTo(200);
    assertThat(seen).containsExactly("before");
  }

  @Test
  void insteadOf_nextMatchingCall_isCalledBackAndTheCallIsNotServed() throws Exception {
    List<String> seen = new ArrayList<>();
    cluster.faults().insteadOf(ApiRequest::isWrite, () -> seen.add("instead"));
    String node = NODES + "/ip-10-0-1-11";

    int code =
        client.patch(node, ClusterClient.MERGE, "{\"spec\":{\"unschedulable\":true}}").code();

    assertThat(code).isEqualTo(500);
    assertThat(seen).containsExactly("instead");
    assertThat(client.get(node).body().at("/spec/unschedulable").asBoolean(false)).isFalse();
  }

  @Test
  void requests_callerWithAName_isToldApart(@TempDir Path folder) throws Exception {
    String kubeconfig = Files.readString(cluster.writeKubeconfigOf("one", folder.resolve("one")));
    String address = kubeconfig.replaceAll("(?s).*server: \"([^\"]*)\".*", "$1");
    try (HttpClient http = HttpClient.newHttpClient()) {
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create(address + NODES)).build(),
              HttpResponse.BodyHandlers.discarding());
      assertThat(answer.statusCode()).isEqualTo(200);
    }
    client.get(NODES);

    assertThat(cluster.requests()).extracting(ApiRequest::caller).containsExactly("one", "");
  }

  @Test
  void goAway_thenComeBack_samePortSameObjects() throws Exception {
    URI before = cluster.uri();
    cluster.faults().goAway();
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> client.get(NODES));

    cluster.faults().comeBack();

    assertThat(cluster.uri()).isEqualTo(before);
    assertThat(client.get(NODES).body().path("items")).hasSize(1);
  }

  @Test
  void requests_recorded_inOrderAndClearable() throws Exception {
    client.get(NODES + "?limit=1");
    client.get("/version");

    assertThat(cluster.requests())
        .containsExactly(
            new ApiRequest("GET", NODES, "limit=1"), new ApiRequest("GET", "/version", ""));
    assertThat(cluster.requests()).noneMatch(ApiRequest::isWrite);
    cluster.clearRequests();
    assertThat(cluster.requests()).isEmpty();
  }

  @Test
  void close_twice_fine() {
    cluster.close();
    cluster.close();
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> client.get(NODES));
  }
}
