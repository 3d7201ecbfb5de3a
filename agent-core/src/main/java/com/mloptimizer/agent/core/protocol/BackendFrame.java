package com.mloptimizer.agent.core.protocol;

import org.jspecify.annotations.Nullable;

/** A WebSocket frame from the backend. */
public sealed interface BackendFrame {

  /** The backend's first word. */
  record Welcome(@Nullable ReceivedEnvelope config, @Nullable Integer heartbeatIntervalSeconds)
      implements BackendFrame {}

  /** A signed action. */
  record ActionCommand(ReceivedEnvelope envelope) implements BackendFrame {}

  /** A signed configuration. */
  record ConfigUpdate(ReceivedEnvelope envelope) implements BackendFrame {}

  /** Is anybody there. */
  record Ping(@Nullable String nonce) implements BackendFrame {}

  /** The agent is to close and to come back later. */
  record GoAway(@Nullable Integer retryAfterSeconds) implements BackendFrame {}

  /**
   * Something that this version does not understand; answered with an {@code error} frame.
   *
   * @param reason what is wrong, in one word of the protocol's style
   * @param message for a person; quotes at most an excerpt
   */
  record Unknown(String reason, String message) implements BackendFrame {}
}
