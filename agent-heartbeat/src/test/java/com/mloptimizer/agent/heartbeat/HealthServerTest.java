package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.Counter;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HealthServerTest {
  private final ShownAgent agent = new ShownAgent();

  @BeforeEach
  void start() throws Exception {
    agent.start();
  }

  @AfterEach
  void close() {
    agent.close();
    agent.server.close();
  }

  @Test
  void healthz_problem_is503AndNamesIt() throws Exception {
    assertThat(agent.get("/healthz").body()).isEqualTo("ok\n");
    agent.problem = Optional.of("collector is stuck");
    assertThat(agent.get("/healthz").statusCode()).isEqualTo(503);
    assertThat(agent.get("/healthz").body()).isEqualTo("collector is stuck\n");
    assertThat(agent.get("/healthz?verbose").body())
        .isEqualTo(
            "{\"healthy\":false,\"problem\":\"collector is stuck\",\"components\":{\"collector\":"
                + "{\"healthy\":true,\"since\":\"2026-01-01T00:00:00Z\",\"last_success_at\":null,"
                + "\"restarts\":0}}}");
  }

  @Test
  void healthz_componentUnhealthy_is200() throws Exception {
    agent.health.failed("the backend is away");
    assertThat(agent.get("/healthz?verbose").statusCode()).isEqualTo(200);
    assertThat(agent.get("/healthz?verbose").body()).contains("the backend is away");
  }

  @Test
  void readyz_missing_is503AndNamesEach() throws Exception {
    assertThat(agent.get("/readyz").body()).isEqualTo("ok\n");
    agent.missing = Optional.of("no answer");
    assertThat(agent.get("/readyz").statusCode()).isEqualTo(503);
    assertThat(agent.get("/readyz").body()).isEqualTo("registered: no answer\n");
    assertThat(agent.get("/readyz?verbose").body())
        .isEqualTo(
            "{\"ready\":false,\"conditions\":[{\"condition\":\"registered\",\"met\":false,"
                + "\"missing\":\"no answer\"}]}");
  }

  @ParameterizedTest
  @CsvSource({"verbose,true", "a=b&verbose=true,true", "verbose=false,false", "verbosely,false"})
  void healthz_query_isVerboseIfItSaysSo(String query, boolean verbose) throws Exception {
    assertThat(agent.get("/healthz?" + query).body().startsWith("{")).isEqualTo(verbose);
  }

  @Test
  void readyz_degraded_is200AndSaysWhy() throws Exception {
    agent.health.failed("metrics API (pods): 404");

    assertThat(agent.get("/readyz").statusCode()).isEqualTo(200);
    assertThat(agent.get("/readyz").body())
        .isEqualTo("ok\ncollector degraded: metrics API (pods): 404\n");
    assertThat(agent.get("/readyz?verbose").body())
        .endsWith(",\"degraded\":{\"collector\":\"metrics API (pods): 404\"}}");

    agent.missing = Optional.of("no answer");
    assertThat(agent.get("/readyz").statusCode()).isEqualTo(503);
    assertThat(agent.get("/readyz").body())
        .isEqualTo("registered: no answer\ncollector degraded: metrics API (pods): 404\n");
  }

  @Test
  void status_any_isTheGoldenJson() throws Exception {
    agent.ended("act-1");
    agent.permissions = Optional.of(Map.of("events", List.of("list events"), "metrics", List.of()));
    String body = agent.get("/status").body();
    assertThat(body.replaceFirst("\"uptime_seconds\":[0-9]+", "\"uptime_seconds\":0"))
        .startsWith(
            """
            {"state":"healthy","version":"1.2","cluster_id":"prod-1","agent_id":"a","boot_id":"b",\
            "started_at":"2026-01-01T00:00:00Z","uptime_seconds":0,\
            "kubernetes_version":"v1.36.0","leader":true,"dry_run":false,"ready":true,\
            "missing":[],"components":{"collector":{"healthy":true,\
            "since":"2026-01-01T00:00:00Z","last_success_at":null,"restarts":0}},\
            "connection":{"websocket":false,"heartbeat_age_seconds":3.25,"waiting_frames":0},\
            "collection":{"records":{},"records_per_second":null},\
            "spool":{"bytes":0,"batches_dropped":0},\
            "config":{"version":0,"status":"applied","error":null},"signing_keys":1,\
            "missing_permissions":{"events":["list events"]},"counters":{"a":1,"b":2},\
            "actions":[{"id":"act-1","type":"cordon_node","target":"Node/node-3",\
            "outcome":"refused","success":false,"reason":"not_permitted",\
            "message":"guardrail x","dry_run":false,\
            "started_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:00Z",\
            "duration_seconds":0.0,"attempts":0}],\
            "settings":[{"name":"API_KEY","value":"***","origin":"environment"}],\
            "history":{"interval_seconds":5,"series":{\
            """);
  }

  @Test
  void status_standsByOrLacksSomething_saysSoInOneWord() throws Exception {
    agent.leader = false;
    assertThat(agent.get("/status").body()).contains("\"state\":\"standby\"");
    agent.health.failed("away");
    assertThat(agent.get("/status").body()).contains("\"state\":\"degraded\"");
  }

  @Test
  void status_manyActions_hasTheLastFifty() throws Exception {
    for (int i = 0; i < 60; i++) {
      agent.ended("act-" + i);
    }
    assertThat(agent.actions.get()).hasSize(50);
    assertThat(agent.actions.get().getFirst().id()).isEqualTo("act-59");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/status.css", "/status.js", "/sparkline.js", "/favicon.svg"})
  void page_anyFile_isGuardedAndNotKept(String path) throws Exception {
    HttpResponse<String> answer = agent.get(path);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
        .startsWith("default-src 'none'; script-src 'self'")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    assertThat(answer.headers().map()).doesNotContainKey("set-cookie");
    // Works below any path, and asks nobody else.
    assertThat(answer.body())
        .doesNotContainPattern("(src|href)=\"(/|https?:)")
        .doesNotContainPattern("(?i) (on[a-z]+|style)=\"|<script>|@import|url\\(");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:8080,200",
    "10.0.0.7,200",
    "[::1]:8080,200",
    "agent.ml-optimizer.svc,200",
    "ml-agent,200",
    "evil.example.com,421",
    "127.0.0.1.evil.example,421"
  })
  void status_name_isServedUnderPrivateOnesOnly(String host, int expected) throws Exception {
    assertThat(raw("GET /status HTTP/1.1\r\nHost: " + host + "\r\n"))
        .startsWith("HTTP/1.1 " + expected);
    assertThat(raw("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n")).startsWith("HTTP/1.1 200");
  }

  @Test
  void supportBundle_fromLoopback_isAnAttachment() throws Exception {
    HttpResponse<String> answer = agent.get("/support-bundle");
    assertThat(answer.body()).isEqualTo("zip");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/zip");
    assertThat(answer.headers().firstValue("Content-Disposition").orElse(""))
        .startsWith("attachment");
  }

  @Test
  void metrics_accept_choosesTheFormat() throws Exception {
    Counter.build("agent_things_total", "Things").register(agent.registry).inc();
    HttpResponse<String> text = agent.get("/metrics");
    assertThat(text.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain; version=0.0.4");
    assertThat(text.body())
        .contains("# TYPE agent_things_total counter\nagent_things_total 1.0\n")
        .contains("process_start_time_seconds", "jvm_memory_bytes_used")
        .doesNotContain("_created", "# EOF");

    HttpResponse<String> open =
        agent.send("GET", "/metrics", "Accept", "application/openmetrics-text; version=1.0.0");
    assertThat(open.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/openmetrics-text; version=1.0.0");
    assertThat(open.body())
        .contains("# TYPE agent_things counter\n# HELP agent_things Things\nagent_things_total 1.0")
        .endsWith("# EOF\n")
        .doesNotContain("_created");
  }

  @Test
  void metrics_acceptEncodingGzip_isCompressed() throws Exception {
    HttpResponse<InputStream> answer =
        agent.http.send(
            HttpRequest.newBuilder(
                    URI.create("http://localhost:" + agent.server.port() + "/metrics"))
                .header("Accept-Encoding", "br, gzip;q=0.5")
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
    byte[] plain =
        new GZIPInputStream(new ByteArrayInputStream(answer.body().readAllBytes())).readAllBytes();
    assertThat(new String(plain, StandardCharsets.UTF_8)).contains("agent_build_info");

    HttpResponse<String> refused =
        agent.send("GET", "/metrics", "Accept-Encoding", "gzip;q=0, identity");
    assertThat(refused.headers().firstValue("Content-Encoding")).isEmpty();
  }

  @Test
  void request_unknownPathOrMethod_is404Or405() throws Exception {
    assertThat(agent.get("/metricsx").statusCode()).isEqualTo(404);
    assertThat(agent.get("/healthz/").statusCode()).isEqualTo(404);
    assertThat(agent.send("POST", "/nothing").statusCode()).isEqualTo(404);
    for (String path : List.of("/metrics", "/healthz", "/", "/status", "/support-bundle")) {
      HttpResponse<String> post = agent.send("POST", path);
      assertThat(post.statusCode()).as(path).isEqualTo(405);
      assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }
  }

  @Test
  void request_head_hasTheLengthAndNoBody() throws Exception {
    for (String path : List.of("/metrics", "/healthz", "/", "/status")) {
      HttpResponse<String> head = agent.send("HEAD", path);
      assertThat(head.statusCode()).as(path).isEqualTo(200);
      assertThat(head.body()).isEmpty();
      assertThat(head.headers().firstValueAsLong("Content-Length").orElse(0)).isPositive();
    }
  }

  @Test
  void request_supplierThrows_is500AndTheServerLives() throws Exception {
    agent.broken = true;
    assertThat(agent.get("/readyz").statusCode()).isEqualTo(500);
    assertThat(agent.get("/status").statusCode()).isEqualTo(500);
    assertThat(agent.get("/metrics").statusCode()).isEqualTo(500);
    assertThat(agent.get("/metrics").body()).doesNotContain("keys are on fire");
    assertThat(agent.get("/healthz").statusCode()).isEqualTo(200);
    agent.broken = false;
    assertThat(agent.get("/readyz").statusCode()).isEqualTo(200);
  }

  private String raw(String head) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.server.port())) {
      socket
          .getOutputStream()
          .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
