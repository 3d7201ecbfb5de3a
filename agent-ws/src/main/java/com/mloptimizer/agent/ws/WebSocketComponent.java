package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the WebSocket to the backend up (protocol section 2): connects, talks, and connects again,
 * without a limit on attempts. An outage costs two log lines, one when it begins and one when it
 * ends.
 */
public final class WebSocketComponent implements Component, AgentOutbox {
  private static final Logger log = LoggerFactory.getLogger(WebSocketComponent.class);

  private static final Duration PROGRESS_BOUND = Duration.ofSeconds(30);
  private static final Duration WAITING_ROUND = Duration.ofSeconds(5);

  private final Session.Surroundings at;
  private final ProxyEnvironment proxies;
  private final Supplier<SSLSocketFactory> tls;
  private final ReconnectPolicy reconnect;
  private boolean outage;

  /**
   * A component that does nothing until it is run.
   *
   * @param outbox frames that wait in it are sent after every hello
   * @param proxies on the way to the backend
   * @param tls asked before every attempt, so that new certificates are taken
   * @param backoff says when to connect next; the protocol's is {@link Backoff#standard}
   * @param registry gets the metrics of the connection
   */
  public WebSocketComponent(
      WebSocketSettings settings,
      Introduction introduction,
      Receivers receivers,
      FrameOutbox outbox,
      ProxyEnvironment proxies,
      Supplier<SSLSocketFactory> tls,
      Backoff backoff,
      ComponentHealth health,
      CollectorRegistry registry,
      InstantSource clock,
      Ticker ticker) {
    this.proxies = proxies;
    this.tls = tls;
    this.reconnect = new ReconnectPolicy(backoff, settings.stableAfter());
    this.at =
        new Session.Surroundings(
            settings,
            introduction,
            receivers,
            outbox,
            new ProtocolCodec(),
            new WebSocketMetrics(registry),
            health,
            clock,
            ticker,
            new StopSignal());
  }

  @Override
  public ComponentName name() {
    return ComponentName.WEBSOCKET;
  }

  @Override
  public Duration progressBound() {
    return PROGRESS_BOUND;
  }

  @Override
  public void send(AgentFrame frame) {
    at.outbox().send(frame);
  }

  @Override
  public void stop() {
    at.stop().request();
    at.outbox().doorbell().ring();
  }

  @Override
  public void run() throws InterruptedException {
    Duration atLeast = Duration.ZERO;
    while (!pause(reconnect.next(atLeast))) {
      atLeast = connectOnce();
    }
  }

  /** Waits, telling that the loop is alive; true if the component is to stop. */
  private boolean pause(Duration delay) throws InterruptedException {
    long begin = at.ticker().nanos();
    Duration left = delay;
    while (left.isPositive()) {
      at.health().progress();
      if (at.stop().await(left.compareTo(WAITING_ROUND) < 0 ? left : WAITING_ROUND)) {
        return true;
      }
      left = delay.minusNanos(at.ticker().nanos() - begin);
    }
    return at.stop().isRequested();
  }

  /** One connection from beginning to end; how long to stay away afterwards at least. */
  private Duration connectOnce() throws InterruptedException {
    at.health().progress();
    InboundQueue inbound =
        new InboundQueue(
            at.settings().inboundCapacity(),
            16 * at.settings().maxMessageBytes(),
            at.outbox().doorbell(),
            at.metrics());
    Connection connection = connection(inbound);
    try {
      if (connection.open(at.settings().handshakeTimeout(), at.stop())) {
        return talk(connection, inbound);
      }
      if (at.stop().isRequested()) {
        return Duration.ZERO;
      }
      at.metrics().failed();
      lost(connection.end());
      return connection.refusal().map(this::stayAway).orElse(Duration.ZERO);
    } finally {
      connection.abort();
      at.metrics().disconnected();
    }
  }

  private Connection connection(InboundQueue inbound) {
    Dialer dialer =
        new Dialer(
            at.settings().endpoint(at.introduction().identity()),
            at.settings().handshakeTimeout(),
            proxies,
            tls);
    return new Connection(
        at.settings(), at.introduction(), dialer, inbound, at.outbox().doorbell(), at.ticker());
  }

  private Duration talk(Connection connection, InboundQueue inbound) throws InterruptedException {
    at.metrics().established();
    log.info("WebSocket connection established");
    outage = false;
    long begin = at.ticker().nanos();
    SessionEnd end = new Session(at, connection, inbound).run();
    reconnect.connectionLasted(Duration.ofNanos(at.ticker().nanos() - begin));
    return switch (end) {
      case SessionEnd.Stopped() -> Duration.ZERO;
      case SessionEnd.SentAway(Duration retryAfter) -> {
        lost("the backend asked to come back in " + retryAfter.toSeconds() + " s");
        yield retryAfter;
      }
      case SessionEnd.Lost(String reason) -> {
        lost(reason);
        yield Duration.ZERO;
      }
    };
  }

  private Duration stayAway(UpgradeRefusal refusal) {
    if (refusal.unauthorized()) {
      at.introduction().apiKey().refresh();
      return at.settings().unauthorizedDelay();
    }
    return refusal.stayAway(at.clock().instant());
  }

  private void lost(String reason) {
    at.health().failed("not connected: " + reason);
    if (outage) {
      log.debug("WebSocket still not connected: {}", reason);
    } else {
      outage = true;
      log.warn("WebSocket connection lost, connecting again: {}", reason);
    }
  }
}
