package com.mloptimizer.agent.core.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.mloptimizer.agent.core.action.ActionId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A WebSocket frame from the agent; the codec adds who says it and when. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = AgentFrame.Hello.class, name = "hello"),
  @JsonSubTypes.Type(value = AgentFrame.ActionAck.class, name = "action_ack"),
  @JsonSubTypes.Type(value = AgentFrame.ActionProgress.class, name = "action_progress"),
  @JsonSubTypes.Type(value = AgentFrame.ConfigStatus.class, name = "config_status"),
  @JsonSubTypes.Type(value = AgentFrame.Pong.class, name = "pong"),
  @JsonSubTypes.Type(value = AgentFrame.Problem.class, name = "error"),
  @JsonSubTypes.Type(value = AgentFrame.Disconnect.class, name = "disconnect")
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface AgentFrame {

  /** The first frame after the upgrade. */
  record Hello(String version, int protocol, List<String> capabilities) implements AgentFrame {
    public Hello {
      capabilities = List.copyOf(capabilities);
    }
  }

  /**
   * What became of an {@code action_command}.
   *
   * @param actionId null before the envelope was verified, or if it has no readable id
   * @param reason of a rejection, on the wire's name; null otherwise
   * @param envelopeSha256 of the envelope's bytes as received
   */
  record ActionAck(
      @Nullable ActionId actionId, AckStatus status, @Nullable String reason, String envelopeSha256)
      implements AgentFrame {}

  /** The three answers to a command. */
  enum AckStatus {
    ACCEPTED,
    DUPLICATE,
    REJECTED;

    /** The name on the wire, for example {@code accepted}. */
    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far an action is; at most one a second for each. */
  record ActionProgress(ActionId actionId, String phase, String message, JsonNode details)
      implements AgentFrame {}

  /** What became of a configuration. */
  record ConfigStatus(long version, String status, @Nullable String error) implements AgentFrame {}

  /** Answers a ping with its nonce. */
  record Pong(@Nullable String nonce) implements AgentFrame {}

  /** Answers a frame that was not understood. */
  record Problem(String reason, String message) implements AgentFrame {}

  /** The agent's last word. */
  record Disconnect(String reason) implements AgentFrame {}
}
