package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HealthServerTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private final InstantSource clock = InstantSource.fixed(START);
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.COLLECTOR, clock, Ticker.system());
  private final CollectorRegistry registry = new CollectorRegistry();
  private final HttpClient http = HttpClient.newHttpClient();
  private volatile Optional<String> problem = Optional.empty();
  private volatile Optional<String> missing = Optional.empty();
  private final HealthServer server =
      new HealthServer(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          () -> problem,
          List.of(new Registered()),
          List.of(health),
          this::status,
          registry);

  @BeforeEach
  void start() throws IOException {
    AgentMetrics.register(registry, "1.2", List.of(health), () -> Duration.ofMillis(3250), clock);
    server.start();
  }

  @AfterEach
  void close() {
    http.close();
    server.close();
    server.close();
  }

  @Test
  void healthz_problem_is503AndNamesIt() throws Exception {
    assertThat(get("/healthz").body()).isEqualTo("ok\n");
    problem = Optional.of("collector is stuck");
    assertThat(get("/healthz").statusCode()).isEqualTo(503);
    assertThat(get("/healthz").body()).isEqualTo("collector is stuck\n");
    assertThat(get("/healthz?verbose").body())
        .isEqualTo(
            "{\"healthy\":false,\"problem\":\"collector is stuck\",\"components\":{\"collector\":"
                + "{\"healthy\":true,\"since\":\"2026-01-01T00:00:00Z\",\"last_success_at\":null,"
                + "\"restarts\":0}}}");
  }

  @Test
  void readyz_missing_is503AndNamesEach() throws Exception {
    assertThat(get("/readyz").body()).isEqualTo("ok\n");
    missing = Optional.of("no answer");
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body()).isEqualTo("registered: no answer\n");
    assertThat(get("/readyz?verbose").body())
        .isEqualTo(
            "{\"ready\":false,\"conditions\":[{\"condition\":\"registered\",\"met\":false,"
                + "\"missing\":\"no answer\"}]}");
  }

  @Test
  void status_any_isTheGoldenJson() throws Exception {
    assertThat(get("/status").body())
        .isEqualTo(
            """
            {"version":"1.2","cluster_id":"prod-1","agent_id":"a","boot_id":"b",\
            "started_at":"2026-01-01T00:00:00Z","uptime_seconds":5,\
            "kubernetes_version":"v1.36.0","leader":true,"dry_run":false,"ready":false,\
            "missing":["registered: no answer"],"components":{"collector":{"healthy":true,\
            "since":"2026-01-01T00:00:00Z","last_success_at":null,"restarts":0}},\
            "config":{"version":0,"status":"applied","error":null},"counters":{"a":1,"b":2}}\
            """);
  }

  @Test
  void metrics_afterASuccess_haveTheGoldenLines() throws Exception {
    health.succeeded();
    assertThat(get("/metrics").body())
        .contains(
            "agent_build_info{version=\"1.2\",} 1.0\n",
            "agent_component_up{component=\"collector\",} 1.0\n",
            "agent_component_restarts_total{component=\"collector\",} 0.0\n",
            "agent_component_last_success_age_seconds{component=\"collector\",} 0.0\n",
            "agent_heartbeat_age_seconds 3.25\n",
            "process_start_time_seconds",
            "jvm_memory_bytes_used");
    assertThat(send("HEAD", "/metrics").statusCode()).isEqualTo(200);
  }

  @Test
  void request_unknownPathOrMethod_is404Or405() throws Exception {
    assertThat(get("/metricsx").statusCode()).isEqualTo(404);
    assertThat(get("/").body()).contains("/readyz");
    HttpResponse<String> post = send("POST", "/metrics");
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
    assertThat(send("HEAD", "/healthz").body()).isEmpty();
  }

  @Test
  void healthz_fiftyStalledClients_answersAtOnce() throws Exception {
    List<Socket> stalled = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        stalled.add(socket);
        socket
            .getOutputStream()
            .write("GET /healthz HTTP/1.1\r\nHost:".getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(get("/healthz").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path);
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    URI uri = URI.create("http://localhost:" + server.port() + path);
    return http.send(
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(5))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private AgentStatus status() {
    return new AgentStatus(
        "1.2",
        "prod-1",
        "a",
        "b",
        START,
        5,
        "v1.36.0",
        true,
        false,
        false,
        List.of("registered: no answer"),
        Map.of(ComponentName.COLLECTOR, health.status()),
        ConfigState.none(),
        Map.of("b", 2L, "a", 1L));
  }

  private final class Registered implements Readiness {
    @Override
    public String condition() {
      return "registered";
    }

    @Override
    public Optional<String> missing() {
      return missing;
    }
  }
}
