package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.BackendFrame;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;

/**
 * What is counted about the connection. The exposition, to which {@link FrameOutbox} adds its own:
 *
 * <pre>
 * agent_websocket_connected 1.0
 * agent_websocket_connects_total{result="established"} 2.0
 * agent_websocket_frames_received_total{type="action_command"} 4.0
 * agent_websocket_frames_sent_total{type="action_ack"} 4.0
 * agent_websocket_inbound_frames 0.0
 * agent_websocket_inbound_dropped_total 0.0
 * </pre>
 *
 * <p>{@code result} is {@code established} or {@code failed}; {@code type} is a frame's of the
 * protocol, or {@code unknown}.
 */
final class WebSocketMetrics {
  private final Gauge connected;
  private final Counter connects;
  private final Counter received;
  private final Counter sent;
  private final Gauge inboundDepth;
  private final Counter inboundDropped;

  WebSocketMetrics(CollectorRegistry registry) {
    connected =
        Gauge.build("agent_websocket_connected", "1 while the WebSocket is up").register(registry);
    connects =
        Counter.build("agent_websocket_connects", "Attempts to connect the WebSocket")
            .labelNames("result")
            .register(registry);
    // What happens for the first time must be seen as an increase.
    connects.labels("established");
    connects.labels("failed");
    received =
        Counter.build("agent_websocket_frames_received", "Frames from the backend")
            .labelNames("type")
            .register(registry);
    sent =
        Counter.build("agent_websocket_frames_sent", "Frames to the backend")
            .labelNames("type")
            .register(registry);
    inboundDepth =
        Gauge.build("agent_websocket_inbound_frames", "Received frames that wait to be handled")
            .register(registry);
    inboundDropped =
        Counter.build(
                "agent_websocket_inbound_dropped",
                "Received frames dropped because too many waited")
            .register(registry);
  }

  void established() {
    connects.labels("established").inc();
    connected.set(1);
  }

  void failed() {
    connects.labels("failed").inc();
  }

  void disconnected() {
    connected.set(0);
  }

  void inboundDepth(int frames) {
    inboundDepth.set(frames);
  }

  void inboundDropped() {
    inboundDropped.inc();
  }

  void received(BackendFrame frame) {
    received.labels(type(frame)).inc();
  }

  void sent(AgentFrame frame) {
    sent.labels(type(frame)).inc();
  }

  private static String type(BackendFrame frame) {
    return switch (frame) {
      case BackendFrame.Welcome welcome -> "welcome";
      case BackendFrame.ActionCommand command -> "action_command";
      case BackendFrame.ConfigUpdate update -> "config_update";
      case BackendFrame.Ping ping -> "ping";
      case BackendFrame.GoAway goAway -> "goaway";
      case BackendFrame.Unknown unknown -> "unknown";
    };
  }

  private static String type(AgentFrame frame) {
    return switch (frame) {
      case AgentFrame.Hello hello -> "hello";
      case AgentFrame.ActionAck ack -> "action_ack";
      case AgentFrame.ActionProgress progress -> "action_progress";
      case AgentFrame.ConfigStatus status -> "config_status";
      case AgentFrame.Pong pong -> "pong";
      case AgentFrame.Problem problem -> "error";
      case AgentFrame.Disconnect disconnect -> "disconnect";
    };
  }
}
