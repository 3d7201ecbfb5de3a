package com.mloptimizer.agent.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class GoldenMessagesTest {
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final AgentIdentity IDENTITY = new AgentIdentity("prod-1", "agent-0", "b1");

  private final ProtocolCodec codec = new ProtocolCodec();

  static Stream<Arguments> messages() {
    return Stream.of(
        Arguments.of("register_request", RegisterRequest.class),
        Arguments.of("heartbeat_request", HeartbeatRequest.class),
        Arguments.of("deregister_request", DeregisterRequest.class),
        Arguments.of("metrics_batch", MetricsBatch.class),
        Arguments.of("pod_without_sample", MetricRecord.class),
        Arguments.of("result_request", ResultRequest.class),
        Arguments.of("result_refused", ActionResult.class));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void encode_decodedGolden_isTheGolden(String name, Class<?> type) {
    Object message = codec.decode(Golden.bytes(name), type);

    byte[] encoded = codec.encode(message);

    assertThat(Golden.tree(encoded)).isEqualTo(Golden.tree(Golden.bytes(name)));
    assertThat(codec.decode(encoded, type)).isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void encode_twice_sameBytesInTheGoldensOrder(String name, Class<?> type) {
    Object message = codec.decode(Golden.bytes(name), type);

    // The golden's own order: a tree keeps it when it is written.
    assertThat(new String(codec.encode(message), StandardCharsets.UTF_8))
        .isEqualTo(Golden.tree(Golden.bytes(name)).toString());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void decode_unknownField_isSkipped(String name, Class<?> type) {
    ObjectNode json = (ObjectNode) Golden.tree(Golden.bytes(name));
    json.putObject("a_later_field").putArray("x").add(1);

    byte[] later = json.toString().getBytes(StandardCharsets.UTF_8);

    assertThat(codec.decode(later, type)).isEqualTo(codec.decode(Golden.bytes(name), type));
  }

  static Stream<Arguments> frames() {
    ActionId id = new ActionId("act-1");
    ObjectNode details = JsonNodeFactory.instance.objectNode().put("evicted", 3);
    return Stream.of(
        Arguments.of("hello", new AgentFrame.Hello("0.1.0", 1, List.of("metrics"))),
        Arguments.of(
            "action_ack_accepted", new AgentFrame.ActionAck(id, AckStatus.ACCEPTED, null, "00ff")),
        Arguments.of(
            "action_ack_duplicate",
            new AgentFrame.ActionAck(id, AckStatus.DUPLICATE, null, "00ff")),
        Arguments.of(
            "action_ack_unverified",
            new AgentFrame.ActionAck(null, AckStatus.REJECTED, "bad_signature", "00ff")),
        Arguments.of(
            "action_progress", new AgentFrame.ActionProgress(id, "evicting", "3 of 14", details)),
        Arguments.of("config_status_applied", new AgentFrame.ConfigStatus(7, "applied", null)),
        Arguments.of(
            "config_status_failed", new AgentFrame.ConfigStatus(8, "failed", "unknown key x")),
        Arguments.of("pong", new AgentFrame.Pong("n-1")),
        Arguments.of("pong_without_nonce", new AgentFrame.Pong(null)),
        Arguments.of("error", new AgentFrame.Problem("unknown_type", "unknown frame type 'x'")),
        Arguments.of("disconnect", new AgentFrame.Disconnect("stopping")));
  }

  @ParameterizedTest
  @MethodSource("frames")
  void agentFrame_bothWays_isTheGolden(String name, AgentFrame frame) {
    String golden = Golden.text("frame_" + name);

    assertThat(codec.encodeFrame(frame, IDENTITY, AT)).isEqualTo(Golden.tree(golden).toString());
    assertThat(codec.decodeAgentFrame(golden)).isEqualTo(frame);
  }

  static Stream<Arguments> backendFrames() {
    ReceivedEnvelope envelope = ReceivedEnvelope.of("{\"payloadType\": \"t\"}");
    return Stream.of(
        Arguments.of("welcome", new BackendFrame.Welcome(envelope, 30)),
        Arguments.of("welcome_minimal", new BackendFrame.Welcome(null, null)),
        Arguments.of("action_command", new BackendFrame.ActionCommand(envelope)),
        Arguments.of("config_update", new BackendFrame.ConfigUpdate(envelope)),
        Arguments.of("ping", new BackendFrame.Ping("n-1")),
        Arguments.of("ping_without_nonce", new BackendFrame.Ping(null)),
        Arguments.of("goaway", new BackendFrame.GoAway(20)),
        Arguments.of("goaway_without_wish", new BackendFrame.GoAway(null)));
  }

  @ParameterizedTest
  @MethodSource("backendFrames")
  void backendFrame_golden_isRead(String name, BackendFrame frame) {
    String golden = Golden.text("backend_" + name);
    ObjectNode later = (ObjectNode) Golden.tree(golden);
    later.put("a_later_field", true);

    assertThat(codec.decodeBackendFrame(golden)).isEqualTo(frame);
    assertThat(codec.decodeBackendFrame(later.toString()).getClass()).isEqualTo(frame.getClass());
  }

  @Test
  void registerAnswer_golden_isRead() {
    assertThat(codec.decodeRegisterAnswer(Golden.bytes("register_answer")))
        .isEqualTo(new RegisterAnswer(15, ReceivedEnvelope.of("{\"payloadType\": \"t\"}")));
  }

  @Test
  void registerAnswer_nothingUsable_saysNothing() {
    RegisterAnswer nothing = new RegisterAnswer(null, null);
    for (String body :
        List.of(
            "",
            "{}",
            "[]",
            "null",
            " ",
            "{\"heartbeat_interval_seconds\": \"30\", \"config\": null}",
            "{\"heartbeat_interval_seconds\": -1}",
            "{\"heartbeat_interval_seconds\": 1.5}",
            "{\"heartbeat_interval_seconds\": 99999999999999999999}")) {
      assertThat(codec.decodeRegisterAnswer(body.getBytes(StandardCharsets.UTF_8)))
          .as(body)
          .isEqualTo(nothing);
    }
  }

  @Test
  void pollAnswer_golden_isRead() {
    assertThat(codec.decodePollAnswer(Golden.bytes("poll_answer")))
        .containsExactly(
            ReceivedEnvelope.of("{\"payloadType\": \"a\"}"),
            ReceivedEnvelope.of("{\"payloadType\": \"b\"}"));
  }

  @Test
  void answers_notJsonInUtf8_failAsJacksonDoes() {
    for (byte[] body :
        List.of(
            "{\"actions\": [{}".getBytes(StandardCharsets.UTF_8),
            "<html>".getBytes(StandardCharsets.UTF_8),
            "{\"actions\": [{}]}".getBytes(StandardCharsets.UTF_16BE),
            "{\"actions\": [{}]}".getBytes(StandardCharsets.UTF_16LE),
            "{\"config\": {\"a\": \"\u00e9\"}}".getBytes(StandardCharsets.ISO_8859_1))) {
      assertThatThrownBy(() -> codec.decodePollAnswer(body)).isInstanceOf(JacksonException.class);
      assertThatThrownBy(() -> codec.decodeRegisterAnswer(body))
          .isInstanceOf(JacksonException.class);
    }
  }

  @Test
  void decode_coercion_isRefused() {
    String golden = Golden.text("metrics_batch");
    for (String sequence : List.of("\"42\"", "42.0", "true", "null")) {
      byte[] json =
          golden
              .replace("\"sequence\": 42", "\"sequence\": " + sequence)
              .getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> codec.decode(json, MetricsBatch.class))
          .as(sequence)
          .isInstanceOf(JacksonException.class);
    }
  }

  @Test
  void decode_duplicateKeyOrTrailingToken_isRefused() {
    for (String json : List.of("{\"nonce\":\"a\",\"nonce\":\"b\"}", "{\"nonce\":\"a\"} {}")) {
      byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> codec.decode(bytes, AgentFrame.Pong.class))
          .isInstanceOf(JacksonException.class);
    }
  }

  @Test
  void heartbeat_withoutRemoteConfiguration_saysVersionZero() {
    assertThat(Golden.tree(codec.encode(ConfigState.none())))
        .isEqualTo(Golden.tree("{\"version\":0,\"status\":\"applied\",\"error\":null}"));
  }

  @Test
  void batch_idempotencyKey_isBootAndSequence() {
    assertThat(new MetricsBatch("c", "a", "boot", 7, AT, List.of()).idempotencyKey())
        .isEqualTo("boot-7");
  }

  @Test
  void result_reasonOrSuccessThatContradictsTheOutcome_isRefused() {
    ObjectNode none = JsonNodeFactory.instance.objectNode();
    assertThatThrownBy(
            () -> new ActionResult(true, Outcome.FAILED, null, "", false, AT, AT, 1, none))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new ActionResult(false, Outcome.REFUSED, null, "", false, AT, AT, 1, none))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new ActionResult(
                false, Outcome.FAILED, RejectionReason.UNSAFE, "", false, AT, AT, 1, none))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(ActionResult.refused(RejectionReason.UNSAFE, "no", AT).success()).isFalse();
  }

  @Test
  void wireNames_ofEveryEnum_areTheProtocols() {
    assertThat(Stream.of(Outcome.values()).map(Outcome::wireName))
        .containsExactly(
            "changed",
            "no_change",
            "planned",
            "refused",
            "blocked",
            "stale_target",
            "unsupported",
            "failed",
            "timed_out",
            "cancelled");
    assertThat(Stream.of(Outcome.values()).filter(Outcome::isSuccess))
        .containsExactly(Outcome.CHANGED, Outcome.NO_CHANGE, Outcome.PLANNED);
    assertThat(Stream.of(RejectionReason.values()).map(RejectionReason::wireName))
        .containsExactly(
            "bad_signature",
            "malformed",
            "wrong_cluster",
            "expired",
            "not_yet_valid",
            "ttl_too_long",
            "unknown_type",
            "invalid_parameters",
            "id_conflict",
            "capacity",
            "not_permitted",
            "unsafe");
    assertThat(Stream.of(HeartbeatRequest.Status.values()).map(HeartbeatRequest.Status::wireName))
        .containsExactly("healthy", "degraded", "stopping");
    assertThat(Stream.of(ComponentName.values()).map(ComponentName::wireName))
        .containsExactly("heartbeat", "websocket", "actuator", "collector");
  }

  @Test
  void messages_keepCopies_ofWhatTheyWereGiven() {
    Map<String, String> labels = new java.util.HashMap<>(Map.of("a", "b"));
    WorkloadMetric metric =
        new WorkloadMetric("Deployment", "n", "x", "u", 1, 1, 1, 1, 1, 1, labels, AT);
    labels.clear();
    assertThat(metric.labels()).containsEntry("a", "b");
  }
}
