package com.mloptimizer.agent.sandbox.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.backend.ApiKeySource;
import com.mloptimizer.agent.core.backend.Backend.Nothing;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendAnswer.Done;
import com.mloptimizer.agent.core.backend.BackendAnswer.Refused;
import com.mloptimizer.agent.core.backend.BackendAnswer.RetryLater;
import com.mloptimizer.agent.core.backend.BackendAnswer.TooLarge;
import com.mloptimizer.agent.core.backend.BackendAnswer.Unauthorized;
import com.mloptimizer.agent.core.backend.BackendClient;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendSettings;
import com.mloptimizer.agent.core.backend.JsonBody;
import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.BackendFrame;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.RegisterAnswer;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** The reference backend, spoken to by the agent's own client and by a bare WebSocket. */
@Timeout(60)
class ReferenceBackendIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final SigningKey KEY = SigningKey.of("k1", "0123456789abcdef0123456789abcdef");
  private static final ActionDraft CORDON =
      ActionDraft.of(ActionType.CORDON_NODE).with("node_name", "node-1");

  private final ProtocolCodec codec = new ProtocolCodec();
  private ReferenceBackend backend;
  private BackendClient client;

  @BeforeEach
  void start() throws IOException {
    backend = ReferenceBackend.builder().clusterId("c").apiKey("key").signingKey(KEY).start();
    client = client("key");
  }

  @AfterEach
  void stop() {
    client.close();
    backend.close();
    backend.close();
  }

  @Test
  void register_known_isKeptAndAnsweredWithTheConfigInForce() throws Exception {
    backend.pushConfig(7, JsonNodeFactory.instance.objectNode().put("batch_size", 50));

    BackendAnswer<RegisterAnswer> answer = client.register(registration("c"));

    assertThat(backend.awaitRegistration(SOON)).isEqualTo(registration("c"));
    assertThat(answer).isInstanceOf(Done.class);
    ReceivedEnvelope config = ((Done<RegisterAnswer>) answer).body().config();
    assertThat(config).isNotNull();
    assertThat(verified(config, PayloadType.CONFIG))
        .isEqualTo("{\"cluster_id\":\"c\",\"version\":7,\"config\":{\"batch_size\":50}}");
  }

  @Test
  void anyCall_wrongKeyOrCluster_isTurnedAway() {
    assertThat(client.register(registration("other"))).isInstanceOf(Refused.class);
    try (BackendClient stranger = client("other")) {
      assertThat(stranger.register(registration("c"))).isEqualTo(new Unauthorized<>(401));
    }
    assertThat(backend.registrations()).isEmpty();
  }

  @Test
  void metrics_sameBatchTwice_isKeptOnce() {
    MetricsBatch batch = batch(1, 40);

    assertThat(send(batch)).isEqualTo(new Done<>(Nothing.NOTHING));
    assertThat(send(batch)).isEqualTo(new Done<>(Nothing.NOTHING));

    assertThat(backend.batches()).containsExactly(batch);
  }

  @Test
  void metrics_moreThanTheProtocolAllows_isTooLarge() {
    assertThat(send(batch(1, 4000))).isEqualTo(new TooLarge<>());
  }

  @Test
  void metrics_otherIdempotencyKey_isRefused() {
    assertThat(client.sendMetrics(JsonBody.of(codec.encode(batch(1, 1))), "b-2"))
        .isInstanceOf(Refused.class);
  }

  @Test
  void poll_offered_untilAResultCame() throws Exception {
    ActionId id = backend.offer(CORDON);

    var answer = client.poll("c", "a");

    List<ReceivedEnvelope> envelopes = ((Done<List<ReceivedEnvelope>>) answer).body();
    assertThat(envelopes).hasSize(1);
    assertThat(verified(envelopes.getFirst(), PayloadType.ACTION))
        .contains("\"id\":\"" + id + "\"", "\"type\":\"cordon_node\"", "\"cluster_id\":\"c\"");
    assertThat(client.poll("c", "a")).isEqualTo(answer);

    client.sendResult(result(id));

    assertThat(client.poll("c", "a")).isEqualTo(new Done<>(List.of()));
    assertThat(backend.awaitResult(id, SOON).result().outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(backend.action(id).map(TrackedAction::phase))
        .contains(TrackedAction.Phase.SUCCEEDED);
  }

  @Test
  void result_again_isAlreadyKnown() {
    ActionId id = backend.offer(CORDON);
    assertThat(client.sendResult(result(id))).isEqualTo(new Done<>(Nothing.NOTHING));
    assertThat(client.sendResult(result(id))).isEqualTo(new Done<>(Nothing.NOTHING));
    assertThat(backend.results()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"401", "429", "500", "413"})
  void misbehave_status_isAnsweredAsOftenAsAsked(int status) {
    backend.misbehave().answer(ApiCall.METRICS, status, Duration.ofSeconds(9), 2);
    for (int i = 0; i < 2; i++) {
      assertThat(send(batch(1, 1)))
          .isEqualTo(
              switch (status) {
                case 401 -> new Unauthorized<>(401);
                case 413 -> new TooLarge<>();
                default -> new RetryLater<>("status " + status, Duration.ofSeconds(9));
              });
    }
    assertThat(send(batch(1, 1))).isEqualTo(new Done<>(Nothing.NOTHING));
  }

  @Test
  void push_whileTheAgentConnects_comesOnceAndAfterTheWelcome() throws Exception {
    for (int i = 0; i < 20; i++) {
      ActionId id;
      try (RawSocket agent = RawSocket.connect(backend.webSocketUrl(), "key")) {
        agent.send(frame(new AgentFrame.Hello("1.2.3", 1, List.of())));
        id = backend.push(CORDON);
        assertThat(agent.next()).startsWith("{\"type\":\"welcome\"");
        assertThat(verified(command(agent.next()).envelope(), PayloadType.ACTION))
            .contains(id.value());
        backend.awaitConnection(SOON);
        backend.pushFrame("marker");
        assertThat(agent.next()).isEqualTo("marker");
      }
      client.sendResult(result(id));
      backend.await("end", () -> Optional.of(1).filter(_ -> !backend.isConnected()), SOON);
    }
  }

  @Test
  void offer_agentConnectsByWebSocket_isForPollsOnly() throws Exception {
    backend.offer(CORDON);
    try (RawSocket agent = hello()) {
      agent.next();
      backend.pushFrame("marker");
      assertThat(agent.next()).isEqualTo("marker");
    }
  }

  @Test
  void push_beforeTheAgentConnects_comesAfterItsHello() throws Exception {
    ActionId id = backend.push(CORDON);
    try (RawSocket agent = hello()) {
      assertThat(agent.next()).startsWith("{\"type\":\"welcome\"");
      BackendFrame.ActionCommand command = command(agent.next());
      assertThat(verified(command.envelope(), PayloadType.ACTION)).contains(id.value());

      agent.send(
          frame(
              new AgentFrame.ActionAck(
                  id, AgentFrame.AckStatus.ACCEPTED, null, command.envelope().sha256())));
      awaitPhase(id, TrackedAction.Phase.ACCEPTED);
      agent.send(
          frame(
              new AgentFrame.ActionProgress(
                  id, "running", "3 of 7", JsonNodeFactory.instance.objectNode())));
      awaitPhase(id, TrackedAction.Phase.RUNNING);
    }
    backend.await("end", () -> Optional.of(1).filter(_ -> !backend.isConnected()), SOON);
  }

  @Test
  void push_rejectedByItsHashOnly_isRejected() throws Exception {
    try (RawSocket agent = hello()) {
      agent.next();
      ActionId id = backend.push(CORDON);
      BackendFrame.ActionCommand command = command(agent.next());
      agent.send(
          frame(
              new AgentFrame.ActionAck(
                  null,
                  AgentFrame.AckStatus.REJECTED,
                  "bad_signature",
                  command.envelope().sha256())));
      awaitPhase(id, TrackedAction.Phase.REJECTED);
    }
  }

  @Test
  void misbehave_socket_duplicatesForgesSaysGoodByeAndDrops() throws Exception {
    try (RawSocket agent = hello()) {
      agent.next();
      ActionId id = backend.push(CORDON);
      String first = agent.next();
      backend.pushAgain(id);
      assertThat(agent.next()).isEqualTo(first);

      backend.pushBadlySigned(CORDON);
      assertThat(verifier().verify(command(agent.next()).envelope(), PayloadType.ACTION))
          .isInstanceOf(Verification.Rejected.class);

      backend.goAway(Duration.ofSeconds(3));
      assertThat(codec.decodeBackendFrame(agent.next())).isEqualTo(new BackendFrame.GoAway(3));

      backend.dropSocket();
      agent.awaitEnd();
    }
  }

  @Test
  void misbehave_pings_stayUnansweredWhenAsked() throws Exception {
    try (RawSocket agent = hello()) {
      agent.ping();
      agent.awaitPong();
      backend.misbehave().ignorePings(true);
      agent.ping();
      // An answer to the ping would stand before the frame that is asked for after it.
      backend.pushFrame("marker");
      agent.awaitText("marker");
      assertThat(agent.pongs()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"key, 503", "other, 401"})
  void upgrade_refused_answersWithTheStatus(String key, int status) throws Exception {
    backend.misbehave().refuseUpgrades(503, Duration.ofSeconds(5), key.equals("key") ? 1 : 0);
    assertThat(RawSocket.refusal(backend.webSocketUrl(), key)).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, , 204",
    "text/plain, , 403",
    "application/json, http://evil.example, 403",
  })
  void control_byHttp_isTakenFromPeopleAndNotFromOtherSites(
      String contentType, String origin, int status) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(backend.httpUrl() + "/control/answer"))
            .header("Content-Type", contentType)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"call\":\"metrics\",\"status\":503,\"times\":1}"));
    if (origin != null) {
      request.header("Origin", origin);
    }
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode())
          .isEqualTo(status);
    }
    assertThat(send(batch(1, 1)) instanceof RetryLater).isEqualTo(status == 204);
  }

  private void awaitPhase(ActionId id, TrackedAction.Phase phase) throws InterruptedException {
    backend.await(
        phase.wireName(), () -> backend.action(id).filter(action -> action.phase() == phase), SOON);
  }

  private RawSocket hello() throws Exception {
    RawSocket socket = RawSocket.connect(backend.webSocketUrl(), "key");
    socket.send(frame(new AgentFrame.Hello("1.2.3", 1, List.of("websocket"))));
    backend.awaitConnection(SOON);
    return socket;
  }

  private String frame(AgentFrame frame) {
    return codec.encodeFrame(frame, new AgentIdentity("c", "a", "b"), NOW);
  }

  private BackendFrame.ActionCommand command(String frame) {
    return (BackendFrame.ActionCommand) codec.decodeBackendFrame(frame);
  }

  private static EnvelopeVerifier verifier() {
    return new EnvelopeVerifier(() -> Keyring.of(KEY));
  }

  private static String verified(ReceivedEnvelope envelope, PayloadType type) {
    Verification verification = verifier().verify(envelope, type);
    assertThat(verification).isInstanceOf(Verification.Verified.class);
    return new String(((Verification.Verified) verification).payload(), UTF_8);
  }

  private BackendAnswer<Nothing> send(MetricsBatch batch) {
    return client.sendMetrics(JsonBody.of(codec.encode(batch)), batch.idempotencyKey());
  }

  private BackendClient client(String key) {
    return new BackendClient(
        BackendSettings.of(backend.httpUrl(), "1.2.3"),
        ApiKeySource.fixed(ApiKey.of(key)),
        ProxyEnvironment.none(),
        BackendMetrics.unscraped(),
        InstantSource.system());
  }

  private static RegisterRequest registration(String cluster) {
    return new RegisterRequest(cluster, "a", "b", "1.2.3", 1, "v1.34.0", List.of("metrics"), NOW);
  }

  private static ResultRequest result(ActionId id) {
    return new ResultRequest(
        "c",
        "a",
        id,
        NOW,
        new ActionResult(
            true,
            Outcome.CHANGED,
            null,
            "cordoned node-1",
            false,
            NOW,
            NOW,
            1,
            JsonNodeFactory.instance.objectNode()));
  }

  private static MetricsBatch batch(long sequence, int records) {
    return new MetricsBatch(
        "c",
        "a",
        "b",
        sequence,
        NOW,
        IntStream.range(0, records)
            .<com.mloptimizer.agent.core.protocol.MetricRecord>mapToObj(i ->
                new WorkloadMetric(
                    "Deployment", "ns", "web-" + i, "uid-" + i, 1, 1, 1, 1, 1, 1, Map.of(), NOW))
            .toList());
  }
}
