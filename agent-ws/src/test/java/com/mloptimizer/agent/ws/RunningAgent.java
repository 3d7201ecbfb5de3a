package com.mloptimizer.agent.ws;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.backend.ApiKeySource;
import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import io.prometheus.client.CollectorRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.LoggerFactory;

/** The component on a thread of its own, with everything around it that a test looks at. */
final class RunningAgent implements AutoCloseable {
  static final AgentIdentity IDENTITY = new AgentIdentity("prod 1&x=y", "agent-ü", "boot-1");
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  final CollectorRegistry registry = new CollectorRegistry();
  final BlockingQueue<ReceivedEnvelope> actions = new LinkedBlockingQueue<>();
  final BlockingQueue<ReceivedEnvelope> configurations = new LinkedBlockingQueue<>();
  final BlockingQueue<Duration> heartbeatIntervals = new LinkedBlockingQueue<>();
  final AtomicInteger refusedCredentials = new AtomicInteger();
  final List<String> logLines = new CopyOnWriteArrayList<>();
  final ComponentHealth health =
      new ComponentHealth(ComponentName.WEBSOCKET, InstantSource.system(), Ticker.system());
  final FrameOutbox outbox =
      new FrameOutbox(1000, InstantSource.fixed(NOW), Ticker.system(), registry);
  final WebSocketComponent component;
  private final Thread thread;
  private final Logger logger = (Logger) LoggerFactory.getLogger("com.mloptimizer.agent.ws");
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          synchronized (logLines) {
            logLines.add(event.getLevel() + " " + event.getFormattedMessage());
            logLines.notifyAll();
          }
        }
      };

  RunningAgent(URI url) {
    this(url, UnaryOperator.identity(), () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  RunningAgent(URI url, UnaryOperator<WebSocketSettings> settings) {
    this(url, settings, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  RunningAgent(URI url, UnaryOperator<WebSocketSettings> settings, Supplier<SSLSocketFactory> tls) {
    this(url, settings, ProxyEnvironment.none(), tls);
  }

  RunningAgent(
      URI url,
      UnaryOperator<WebSocketSettings> settings,
      ProxyEnvironment proxies,
      Supplier<SSLSocketFactory> tls) {
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.setLevel(Level.DEBUG);
    logger.addAppender(appender);
    component =
        new WebSocketComponent(
            settings.apply(WebSocketSettings.standard(url)),
            new Introduction(IDENTITY, "1.2.3", () -> List.of("websocket"), apiKey()),
            new Receivers(
                (envelope, source) -> actions.add(envelope),
                configurations::add,
                heartbeatIntervals::add),
            outbox,
            proxies,
            tls,
            new Backoff(Duration.ofMillis(1), Duration.ofMillis(1), () -> 0.5),
            health,
            registry,
            InstantSource.fixed(NOW),
            Ticker.system());
    thread = Thread.ofPlatform().name("websocket").start(this::run);
  }

  private void run() {
    try {
      component.run();
    } catch (InterruptedException e) {
      // The test is over.
    }
  }

  private ApiKeySource apiKey() {
    return new ApiKeySource() {
      @Override
      public ApiKey current() {
        return ApiKey.of("key-" + refusedCredentials.get());
      }

      @Override
      public void refresh() {
        refusedCredentials.incrementAndGet();
      }
    };
  }

  static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(ScriptedServer.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came in time");
    }
    return next;
  }

  void awaitLogLine(String start) throws InterruptedException {
    long begin = System.nanoTime();
    synchronized (logLines) {
      while (logLines.stream().noneMatch(line -> line.startsWith(start))) {
        long left = ScriptedServer.DEADLINE.toMillis() - (System.nanoTime() - begin) / 1_000_000;
        if (left <= 0) {
          throw new AssertionError("no line '" + start + "' in " + logLines);
        }
        logLines.wait(left);
      }
    }
  }

  boolean endsWithin(Duration atMost) throws InterruptedException {
    return thread.join(atMost);
  }

  double sample(String name) {
    return registry.getSampleValue(name);
  }

  double sample(String name, String label, String value) {
    Double sample = registry.getSampleValue(name, new String[] {label}, new String[] {value});
    return sample == null ? 0 : sample;
  }

  @Override
  public void close() {
    thread.interrupt();
    boolean ended;
    try {
      ended = thread.join(ScriptedServer.DEADLINE);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    } finally {
      logger.detachAppender(appender);
    }
    if (!ended) {
      throw new AssertionError("the component does not end");
    }
  }
}
