package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.action.ActionInbox;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.BackendFrame;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.java_websocket.framing.CloseFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said on one open connection. One thread does it all: it handles what came in, sends what
 * waits, and watches over the peer, so that frames leave in the order in which they were said and
 * hello is always the first.
 */
final class Session {
  private static final Logger log = LoggerFactory.getLogger(Session.class);

  private static final Duration IDLE_ROUND = Duration.ofSeconds(1);
  private static final Duration BUSY_ROUND = Duration.ofMillis(100);
  private static final int FLUSH_EVERY = 100;
  private static final Duration MAX_STAY_AWAY = Duration.ofHours(1);

  /** What a session needs besides its connection; the same for all sessions. */
  record Surroundings(
      WebSocketSettings settings,
      Introduction introduction,
      Receivers receivers,
      FrameOutbox outbox,
      ProtocolCodec codec,
      WebSocketMetrics metrics,
      ComponentHealth health,
      InstantSource clock,
      Ticker ticker,
      StopSignal stop) {}

  private final Surroundings at;
  private final Connection connection;
  private final InboundQueue inbound;
  private long pingedNanos;
  private boolean dampened;

  Session(Surroundings surroundings, Connection connection, InboundQueue inbound) {
    this.at = surroundings;
    this.connection = connection;
    this.inbound = inbound;
    this.pingedNanos = surroundings.ticker().nanos();
  }

  /** Talks until the connection or the agent ends; the connection is closed when it returns. */
  SessionEnd run() throws InterruptedException {
    send(at.introduction().hello());
    at.health().succeeded();
    while (true) {
      Optional<SessionEnd> end = round();
      if (end.isPresent()) {
        return end.get();
      }
      at.outbox().doorbell().await(untilNextRound());
    }
  }

  private Duration untilNextRound() {
    if (!at.outbox().isEmpty()) {
      return BUSY_ROUND;
    }
    Duration ping = at.settings().pingInterval();
    Duration untilDead = at.settings().silenceLimit().minus(connection.silence());
    return Collections.min(List.of(IDLE_ROUND, ping, untilDead));
  }

  private Optional<SessionEnd> round() throws InterruptedException {
    // First what came in: a peer may have said something before it closed.
    Optional<SessionEnd> sentAway = handleInbound();
    if (sentAway.isPresent()) {
      return sentAway;
    }
    if (at.stop().isRequested()) {
      return Optional.of(leave());
    }
    if (connection.hasEnded()) {
      return Optional.of(new SessionEnd.Lost(connection.end()));
    }
    flush();
    return watch();
  }

  private Optional<SessionEnd> handleInbound() throws InterruptedException {
    for (int i = 0; i < at.settings().inboundCapacity(); i++) {
      Optional<InboundQueue.Message> message = inbound.poll();
      if (message.isEmpty()) {
        break;
      }
      BackendFrame frame = decode(message.get());
      at.metrics().received(frame);
      if (frame instanceof BackendFrame.GoAway goAway) {
        return Optional.of(goAway(goAway));
      }
      handle(frame);
      if (i % FLUSH_EVERY == FLUSH_EVERY - 1) {
        flush(); // A storm's answers must not crowd each other out of the outbox.
      }
    }
    int dropped = inbound.takeOverflow();
    if (dropped > 0) {
      send(new AgentFrame.Problem("overloaded", dropped + " frames were dropped unread"));
    }
    return Optional.empty();
  }

  private BackendFrame decode(InboundQueue.Message message) {
    return switch (message) {
      case InboundQueue.Message.Text text -> at.codec().decodeBackendFrame(text.text());
      case InboundQueue.Message.Binary() ->
          new BackendFrame.Unknown("malformed", "a frame must be a JSON object in a text frame");
    };
  }

  private void handle(BackendFrame frame) {
    switch (frame) {
      case BackendFrame.Welcome welcome -> welcome(welcome);
      case BackendFrame.ActionCommand command ->
          at.receivers().actions().submit(command.envelope(), ActionInbox.Source.WEBSOCKET);
      case BackendFrame.ConfigUpdate update ->
          at.receivers().configurations().accept(update.envelope());
      case BackendFrame.Ping ping -> {
        log.debug("Received ping");
        send(new AgentFrame.Pong(ping.nonce()));
      }
      case BackendFrame.Unknown unknown ->
          send(new AgentFrame.Problem(unknown.reason(), unknown.message()));
      case BackendFrame.GoAway goAway ->
          throw new IllegalStateException("ends the session before it is handled");
    }
  }

  private void welcome(BackendFrame.Welcome welcome) {
    if (welcome.heartbeatIntervalSeconds() != null) {
      at.receivers()
          .heartbeatInterval()
          .accept(Duration.ofSeconds(welcome.heartbeatIntervalSeconds()));
    }
    if (welcome.config() != null) {
      at.receivers().configurations().accept(welcome.config());
    }
  }

  private SessionEnd goAway(BackendFrame.GoAway goAway) throws InterruptedException {
    @Nullable Integer seconds = goAway.retryAfterSeconds();
    Duration wish = Duration.ofSeconds(seconds == null ? 0 : seconds);
    connection.close(CloseFrame.NORMAL, "goaway", at.settings().closeTimeout());
    return new SessionEnd.SentAway(wish.compareTo(MAX_STAY_AWAY) < 0 ? wish : MAX_STAY_AWAY);
  }

  /** Says what still waits, then goodbye. */
  private SessionEnd leave() throws InterruptedException {
    flush();
    send(new AgentFrame.Disconnect("stopping"));
    connection.close(CloseFrame.NORMAL, "stopping", at.settings().closeTimeout());
    return new SessionEnd.Stopped();
  }

  private void flush() {
    while (connection.hasRoom()) {
      Optional<FrameOutbox.Waiting> next = at.outbox().take();
      if (next.isEmpty()) {
        return;
      }
      if (!send(next.get().frame(), next.get().saidAt())) {
        at.outbox().putBack(next.get());
        return;
      }
    }
  }

  private Optional<SessionEnd> watch() {
    Duration silence = connection.silence();
    if (silence.compareTo(at.settings().silenceLimit()) >= 0) {
      return lost("silent for " + silence.toSeconds() + " s");
    }
    if (connection.writeStalled().compareTo(at.settings().writeTimeout()) > 0) {
      return lost("the backend stopped reading");
    }
    long now = at.ticker().nanos();
    if (now - pingedNanos >= at.settings().pingInterval().toNanos()) {
      pingedNanos = now;
      connection.ping();
    }
    if (silence.compareTo(at.settings().pingInterval()) < 0) {
      at.health().succeeded();
    } else {
      at.health().progress();
    }
    return Optional.empty();
  }

  private Optional<SessionEnd> lost(String reason) {
    connection.abort();
    return Optional.of(new SessionEnd.Lost(reason));
  }

  /** Answers of the moment; they mean nothing on another connection, so they never wait. */
  private void send(AgentFrame frame) {
    if (connection.hasRoom()) {
      dampened = false;
      send(frame, at.clock().instant());
    } else if (!dampened) {
      dampened = true;
      log.debug("An answer was not sent because the backend reads too slowly");
    }
  }

  private boolean send(AgentFrame frame, Instant saidAt) {
    boolean sent =
        connection.send(at.codec().encodeFrame(frame, at.introduction().identity(), saidAt));
    if (sent) {
      at.metrics().sent(frame);
    }
    return sent;
  }
}
