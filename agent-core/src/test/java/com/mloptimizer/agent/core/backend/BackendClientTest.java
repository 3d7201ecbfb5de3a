package com.mloptimizer.agent.core.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.backend.Backend.Nothing;
import com.mloptimizer.agent.core.backend.BackendAnswer.Done;
import com.mloptimizer.agent.core.backend.BackendAnswer.Refused;
import com.mloptimizer.agent.core.backend.BackendAnswer.RetryLater;
import com.mloptimizer.agent.core.backend.BackendAnswer.TooLarge;
import com.mloptimizer.agent.core.backend.BackendAnswer.Unauthorized;
import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class BackendClientTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final byte[] BATCH = "{\"metrics\":[]}".getBytes(UTF_8);
  private static final byte[] NO_BODY = new byte[0];

  private final CollectorRegistry registry = new CollectorRegistry();
  private final BackendMetrics metrics = new BackendMetrics(registry);
  private ScriptedServer server;
  private BackendClient client;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
    client = client(ApiKeySource.fixed(ApiKey.of("key-1")), Duration.ofSeconds(10));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void sendMetrics_smallBatch_isPlainAndCarriesExactlyTheHeadersOfTheProtocol() {
    assertThat(send()).isEqualTo(new Done<>(Nothing.NOTHING));

    var request = server.received().getFirst();
    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.uri()).hasToString("/api/v1/metrics/batch");
    assertThat(request.body()).isEqualTo(BATCH);
    assertThat(request.headers().get("Authorization")).containsExactly("Bearer key-1");
    assertThat(request.headers().get("User-agent")).containsExactly("kubernetes-agent/1.2.3");
    assertThat(request.headers().get("X-agent-protocol")).containsExactly("1");
    assertThat(request.headers().get("Idempotency-key")).containsExactly("boot-1");
    assertThat(request.headers().get("Content-type")).containsExactly("application/json");
    assertThat(request.headers().get("Content-encoding")).isNull();
  }

  @ParameterizedTest
  @CsvSource({"1024, false", "1025, true"})
  void sendMetrics_aroundOneKibibyte_compressesWhatIsLarger(int length, boolean gzip)
      throws IOException {
    byte[] batch = "x".repeat(length).getBytes(UTF_8);

    client.sendMetrics(JsonBody.of(batch), "boot-1");

    var request = server.received().getFirst();
    assertThat(request.headers().getFirst("Content-encoding")).isEqualTo(gzip ? "gzip" : null);
    byte[] body =
        gzip
            ? new GZIPInputStream(new ByteArrayInputStream(request.body())).readAllBytes()
            : request.body();
    assertThat(body).isEqualTo(batch);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201, 202, 204, 409})
  void sendMetrics_acknowledged_isDone(int status) {
    server.answers(status);
    assertThat(send()).isEqualTo(new Done<>(Nothing.NOTHING));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void sendMetrics_keyNotAccepted_isUnauthorized(int status) {
    server.answers(status);
    assertThat(send()).isEqualTo(new Unauthorized<>(status));
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504, 599})
  void sendMetrics_temporaryFailure_isToBeRetried(int status) {
    server.answers(status);
    assertThat(send()).isEqualTo(new RetryLater<>("status " + status, null));
    assertThat(server.received()).hasSize(1);
  }

  @Test
  void sendMetrics_tooLarge_saysSo() {
    server.answers(413);
    assertThat(send()).isEqualTo(new TooLarge<>());
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 304, 400, 404, 405, 410, 422, 451})
  void sendMetrics_anythingElse_isRefused(int status) {
    server.answers(status);
    assertThat(send()).isEqualTo(new Refused<>(status, ""));
  }

  @Test
  void deregister_409_isRefusedBecauseTheCallIsNotIdempotent() {
    server.answers(409);
    assertThat(client.deregister(new DeregisterRequest("c", "a", "b", NOW, "stopped")))
        .isEqualTo(new Refused<>(409, ""));
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308})
  void sendMetrics_redirect_isNotFollowed(int status) {
    server.answers(
        ScriptedServer.status(status, Map.of("Location", server.url() + "/elsewhere"), NO_BODY));

    assertThat(send()).isEqualTo(new Refused<>(status, ""));
    assertThat(server.received()).hasSize(1);
  }

  @Test
  void sendMetrics_refused_quotesTwoHundredPrintableCharacters() {
    byte[] body = ("no\nway " + "é".repeat(500)).getBytes(UTF_8);
    server.answers(ScriptedServer.status(400, Map.of(), body));

    assertThat(send()).isEqualTo(new Refused<>(400, "no way " + "é".repeat(193)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | PT0S",
        "17 | PT17S",
        "3600 | PT1H",
        "7200 | PT1H",
        "99999999999999999999 | PT1H",
        "Thu, 01 Jan 2026 00:02:00 GMT | PT2M",
        "Thu, 01 Jan 2026 09:00:00 GMT | PT1H",
        "Wed, 31 Dec 2025 23:59:00 GMT | PT0S",
        "soon |",
        "-5 |",
      })
  void sendMetrics_retryAfter_isReadInBothForms(String header, Duration expected) {
    server.answers(ScriptedServer.status(503, Map.of("Retry-After", header), NO_BODY));
    assertThat(send()).isEqualTo(new RetryLater<>("status 503", expected));
    assertThat(server.received()).hasSize(1);
  }

  @Test
  void register_answer_isDecodedThoughCompressed() throws IOException {
    server.answers(gzipped("{\"heartbeat_interval_seconds\": 7}".getBytes(UTF_8)));

    var answer = client.register(registration());

    assertThat(answer)
        .isInstanceOfSatisfying(
            Done.class,
            done ->
                assertThat(done.body())
                    .hasToString("RegisterAnswer[heartbeatIntervalSeconds=7, config=null]"));
  }

  @Test
  void sendMetrics_takenWithABodyOfAnyLength_isDone() throws IOException {
    server.answers(gzipped(new byte[2 * 1024 * 1024]));
    assertThat(client.sendMetrics(JsonBody.of("{}".getBytes(UTF_8)), "key"))
        .isInstanceOf(Done.class);
  }

  @Test
  void register_answerIsNotJson_isRefused() {
    server.answers(ScriptedServer.status(200, Map.of(), "<html>".getBytes(UTF_8)));
    assertThat(client.register(registration())).isInstanceOf(Refused.class);
  }

  @Test
  void register_compressedBomb_isReadNoFurtherThanAMebibyte() throws IOException {
    byte[] bomb = new byte[512 * 1024 * 1024 / 8];
    server.answers(gzipped(bomb));

    assertThat(client.register(registration()))
        .isEqualTo(new Refused<>(200, "the answer is larger than 1048576 bytes"));
  }

  @Test
  void poll_actions_areTheBytesOfTheAnswer() {
    String body = "{\"actions\": [{\"payload\": \"a\" }, {\"b\":2}]}";
    server.answers(ScriptedServer.status(200, Map.of(), body.getBytes(UTF_8)));

    var answer = client.poll("prod 1", "agent&2");

    assertThat(server.received().getFirst().uri())
        .hasToString("/api/v1/actions/poll?cluster_id=prod%201&agent_id=agent%262&max=16");
    assertThat(answer).isInstanceOf(Done.class);
    List<String> envelopes =
        ((Done<List<com.mloptimizer.agent.core.protocol.ReceivedEnvelope>>) answer)
            .body().stream().map(envelope -> new String(envelope.json(), UTF_8)).toList();
    assertThat(envelopes).containsExactly("{\"payload\": \"a\" }", "{\"b\":2}");
  }

  @Test
  void poll_noContent_isEmpty() {
    server.answers(204);
    assertThat(client.poll("c", "a")).isEqualTo(new Done<>(List.of()));
  }

  @Test
  void poll_moreThanAskedFor_isCutToSixteen() {
    String body = "{\"actions\": [" + "{},".repeat(40) + "{}]}";
    server.answers(ScriptedServer.status(200, Map.of(), body.getBytes(UTF_8)));

    assertThat(client.poll("c", "a"))
        .isInstanceOfSatisfying(Done.class, done -> assertThat((List<?>) done.body()).hasSize(16));
  }

  @Test
  void sendResult_alreadyKnown_isDone() {
    server.answers(409);
    ActionResult result = ActionResult.refused(RejectionReason.EXPIRED, "too late", NOW);

    var answer = client.sendResult(new ResultRequest("c", "a", new ActionId("act-7"), NOW, result));

    assertThat(answer).isEqualTo(new Done<>(Nothing.NOTHING));
    var request = server.received().getFirst();
    assertThat(request.uri()).hasToString("/api/v1/actions/act-7/result");
    assertThat(request.headers().getFirst("Idempotency-key")).isEqualTo("act-7");
  }

  @Test
  void sendMetrics_nobodyListens_isToBeRetried() {
    server.close();
    assertThat(send()).isInstanceOf(RetryLater.class);
  }

  @Test
  void sendMetrics_connectionBreaksOff_isToBeRetriedByTheCallerOnly() {
    server.answers(exchange -> {
      throw new IOException("breaks off");
    });
    assertThat(send()).isInstanceOf(RetryLater.class);
    assertThat(server.received()).hasSize(1);
  }

  @Test
  void poll_answerNeverEnds_endsWithTheCallTimeout() {
    CountDownLatch done = new CountDownLatch(1);
    server.answers(exchange -> trickle(exchange.getResponseBody(), exchange, done));
    try (BackendClient impatient =
        client(
            ApiKeySource.fixed(ApiKey.of("k")),
            Duration.ofMillis(300),
            new BackendMetrics(new CollectorRegistry()))) {
      assertThat(impatient.poll("prod-1", "agent-1")).isInstanceOf(RetryLater.class);
    } finally {
      done.countDown();
    }
  }

  @Test
  void sendMetrics_keyReplacedOnDisk_isReadAgainAfterItWasRefused(@TempDir Path dir)
      throws IOException {
    Path file = Files.writeString(dir.resolve("key"), "old\n");
    try (BackendClient client =
        client(
            ApiKeySource.file(file, ReloadMetrics.unscraped()),
            Duration.ofSeconds(10),
            new BackendMetrics(new CollectorRegistry()))) {
      Files.writeString(file, "new\n");
      server.answers(401);

      client.sendMetrics(JsonBody.of(BATCH), "b-1");
      client.sendMetrics(JsonBody.of(BATCH), "b-1");
    }
    assertThat(server.received())
        .extracting(r -> r.headers().getFirst("Authorization"))
        .containsExactly("Bearer old", "Bearer new");
  }

  @Test
  void sendMetrics_mostCallsFail_isNotSentForAWhile() {
    for (int i = 0; i < 5; i++) {
      server.answers(500);
      send();
    }

    assertThat(send()).isInstanceOf(RetryLater.class);

    assertThat(server.received()).hasSize(5);
    assertThat(registry.getSampleValue("agent_backend_circuit_open")).isEqualTo(1.0);
    assertThat(requests("retry_later")).isEqualTo(5.0);
    assertThat(requests("not_sent")).isEqualTo(1.0);
  }

  @Test
  void sendMetrics_throttled_isAnAnswerAndKeepsTheCircuitClosed() {
    for (int i = 0; i < 10; i++) {
      server.answers(429);
      send();
    }
    assertThat(server.received()).hasSize(10);
  }

  @Test
  void apiKey_asText_isHidden() {
    assertThat(ApiKey.of(" key-1\n")).hasToString("***");
    assertThatThrownBy(() -> ApiKey.of("a\nsecret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }

  private Double requests(String outcome) {
    return registry.getSampleValue(
        "agent_backend_requests_total",
        new String[] {"call", "outcome"},
        new String[] {"metrics", outcome});
  }

  private BackendAnswer<Nothing> send() {
    return client.sendMetrics(JsonBody.of(BATCH), "boot-1");
  }

  private BackendClient client(ApiKeySource keys, Duration callTimeout) {
    return client(keys, callTimeout, metrics);
  }

  private BackendClient client(ApiKeySource keys, Duration callTimeout, BackendMetrics metrics) {
    return new BackendClient(
        BackendSettings.of(server.url(), "1.2.3").withCallTimeout(callTimeout),
        keys,
        ProxyEnvironment.none(),
        metrics,
        InstantSource.fixed(NOW));
  }

  private static RegisterRequest registration() {
    return new RegisterRequest("c", "a", "b", "1.2.3", 1, "v1.34.0", List.of("metrics"), NOW);
  }

  private static ScriptedServer.Answer gzipped(byte[] body) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(body);
    }
    return ScriptedServer.status(200, Map.of("Content-Encoding", "gzip"), compressed.toByteArray());
  }

  /** A byte now and then, which no read timeout would end. */
  private static void trickle(
      OutputStream body, com.sun.net.httpserver.HttpExchange exchange, CountDownLatch done)
      throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try {
      while (!done.await(20, java.util.concurrent.TimeUnit.MILLISECONDS)) {
        body.write(' ');
        body.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
