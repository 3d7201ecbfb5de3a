package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns messages into JSON and back: snake_case names, RFC 3339 times, fields that this version
 * does not know are skipped, nothing is coerced. Safe for use by several threads.
 */
public final class ProtocolCodec {
  /** The version of the protocol that this codec speaks. */
  public static final int PROTOCOL = 1;

  private final JsonMapper mapper =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          // Immutable maps have an order of their own in every process; bytes should not.
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  /** The message as UTF-8 JSON. */
  public byte[] encode(Object message) {
    return mapper.writeValueAsBytes(message);
  }

  /**
   * The message that the bytes spell.
   *
   * @throws JacksonException if they spell none
   */
  public <T> T decode(byte[] json, Class<T> type) {
    return mapper.readValue(json, type);
  }

  /** A frame with the four fields that all frames of the agent carry. */
  public String encodeFrame(AgentFrame frame, AgentIdentity identity, Instant timestamp) {
    ObjectNode json = mapper.valueToTree(frame);
    json.put("cluster_id", identity.clusterId());
    json.put("agent_id", identity.agentId());
    json.put("boot_id", identity.bootId());
    json.put("timestamp", timestamp.toString());
    return json.toString();
  }

  /** The agent's frame that the text spells; the backend's side of {@link #encodeFrame}. */
  public AgentFrame decodeAgentFrame(String json) {
    return mapper.readValue(json, AgentFrame.class);
  }

  /** The backend's frame that the text spells; never fails: what is not understood is a variant. */
  public BackendFrame decodeBackendFrame(String json) {
    try {
      JsonNode node = mapper.readTree(json);
      if (!(node instanceof ObjectNode frame)) {
        return new BackendFrame.Unknown("malformed", "a frame must be a JSON object");
      }
      return backendFrame(frame, RawJson.objectFields(json));
    } catch (JacksonException e) {
      return new BackendFrame.Unknown("malformed", "a frame must be a JSON object");
    }
  }

  private static BackendFrame backendFrame(ObjectNode frame, Map<String, String> raw) {
    String type = frame.path("type").asString("");
    return switch (type) {
      case "welcome" ->
          new BackendFrame.Welcome(
              envelope(frame, raw, "config"), seconds(frame, "heartbeat_interval_seconds"));
      case "action_command" -> withEnvelope(type, frame, raw, BackendFrame.ActionCommand::new);
      case "config_update" -> withEnvelope(type, frame, raw, BackendFrame.ConfigUpdate::new);
      case "ping" -> new BackendFrame.Ping(text(frame, "nonce"));
      case "goaway" -> new BackendFrame.GoAway(seconds(frame, "retry_after_seconds"));
      default ->
          new BackendFrame.Unknown(
              "unknown_type", "unknown frame type '" + StrictJson.excerpt(type) + "'");
    };
  }

  /**
   * The answer to a registration; an empty body says nothing.
   *
   * @throws JacksonException if the body is not JSON in UTF-8
   */
  public RegisterAnswer decodeRegisterAnswer(byte[] json) {
    String text = StrictJson.text(json);
    if (!(mapper.readTree(text) instanceof ObjectNode answer)) {
      return new RegisterAnswer(null, null);
    }
    return new RegisterAnswer(
        seconds(answer, "heartbeat_interval_seconds"),
        envelope(answer, RawJson.objectFields(text), "config"));
  }

  /**
   * The envelopes of a poll's answer, as they stand in it.
   *
   * @throws JacksonException if the body is not JSON in UTF-8
   */
  public List<ReceivedEnvelope> decodePollAnswer(byte[] json) {
    String text = StrictJson.text(json);
    mapper.readTree(text); // Cutting values out overlooks names that occur twice, and what follows.
    @Nullable String actions = RawJson.objectFields(text).get("actions");
    return actions == null
        ? List.of()
        : RawJson.arrayElements(actions).stream().map(ReceivedEnvelope::of).toList();
  }

  private static @Nullable ReceivedEnvelope envelope(
      ObjectNode fields, Map<String, String> raw, String name) {
    @Nullable String json = raw.get(name);
    return json == null || fields.path(name).isNull() ? null : ReceivedEnvelope.of(json);
  }

  private static BackendFrame withEnvelope(
      String type,
      ObjectNode frame,
      Map<String, String> raw,
      Function<ReceivedEnvelope, BackendFrame> kind) {
    @Nullable ReceivedEnvelope envelope = envelope(frame, raw, "envelope");
    return envelope == null
        ? new BackendFrame.Unknown("malformed", type + " without an envelope")
        : kind.apply(envelope);
  }

  private static @Nullable String text(ObjectNode fields, String name) {
    return fields.path(name).isString() ? fields.path(name).stringValue() : null;
  }

  private static @Nullable Integer seconds(ObjectNode fields, String name) {
    JsonNode value = fields.path(name);
    return value.isIntegralNumber() && value.canConvertToInt() && value.intValue() >= 0
        ? value.intValue()
        : null;
  }
}
