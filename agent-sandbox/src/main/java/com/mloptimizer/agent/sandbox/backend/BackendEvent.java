package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;

/** Something that the backend heard or did. */
public sealed interface BackendEvent {

  /** The agent registered. */
  record Registered(RegisterRequest request) implements BackendEvent {}

  /** The agent said how it is. */
  record HeartbeatReceived(HeartbeatRequest request) implements BackendEvent {}

  /** The agent took its leave. */
  record Deregistered(DeregisterRequest request) implements BackendEvent {}

  /** A batch came for the first time. */
  record BatchReceived(MetricsBatch batch) implements BackendEvent {}

  /** A result came for the first time. */
  record ResultReceived(ResultRequest request) implements BackendEvent {}

  /** A frame came. */
  record FrameReceived(AgentFrame frame) implements BackendEvent {}

  /** The agent's WebSocket is up, and it has said hello, or it is down. */
  record SocketChanged(boolean connected) implements BackendEvent {}

  /** An action was issued, or is further than it was. */
  record ActionChanged(TrackedAction action) implements BackendEvent {}
}
