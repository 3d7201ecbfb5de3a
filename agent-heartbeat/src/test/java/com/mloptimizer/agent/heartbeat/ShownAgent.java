package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParameters;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.Setting;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import com.mloptimizer.agent.core.protocol.SystemUsage;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An agent of which nothing is there but what the health server shows. */
final class ShownAgent implements AutoCloseable {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  final InstantSource clock = InstantSource.fixed(START);
  final ComponentHealth health =
      new ComponentHealth(ComponentName.COLLECTOR, clock, Ticker.system());
  final CollectorRegistry registry = new CollectorRegistry();
  final RecentActions actions = new RecentActions();
  final HttpClient http = HttpClient.newHttpClient();
  volatile Optional<String> problem = Optional.empty();
  volatile Optional<String> missing = Optional.empty();
  volatile Optional<Map<String, List<String>>> permissions = Optional.empty();
  volatile boolean leader = true;
  volatile boolean broken;
  final HealthServer server =
      new HealthServer(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          sources(),
          registry,
          (status, metrics) -> "zip".getBytes(StandardCharsets.UTF_8),
          clock,
          Ticker.system());

  ShownAgent start() throws IOException {
    AgentMetrics.register(
        registry,
        sources(),
        new SystemUsageReader(Path.of("/none"), Path.of("/none"), () -> 2, Ticker.system()));
    server.start();
    return this;
  }

  HealthSources sources() {
    return new HealthSources(
        new AgentIdentity("prod-1", "a", "b"),
        false,
        new HeartbeatSources(
            "1.2",
            List::of,
            () -> "v1.36.0",
            List.of(health),
            () -> leader,
            ShownAgent::tunables,
            ConfigState::none,
            () -> Map.of("b", 2L, "a", 1L),
            ShownAgent::usage),
        () -> "v1.36.0",
        List.of(new Registered()),
        () -> problem,
        () -> Duration.ofMillis(3250),
        () -> permissions,
        () -> {
          if (broken) {
            throw new IllegalStateException("the keys are on fire");
          }
          return 1;
        },
        () -> List.of(new Setting("API_KEY", "***", Setting.Origin.ENVIRONMENT)),
        actions);
  }

  /** An action that was refused. */
  void ended(String id) {
    Action action =
        new Action(
            new ActionId(id),
            "prod-1",
            new ActionParameters.CordonNode("node-3", null),
            START,
            START,
            false);
    actions.ended(
        action, ActionResult.refused(RejectionReason.NOT_PERMITTED, "guardrail x", START));
  }

  HttpResponse<String> get(String path) throws Exception {
    return send("GET", path);
  }

  HttpResponse<String> send(String method, String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + path))
            .timeout(Duration.ofSeconds(10))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    http.close();
    server.close();
  }

  private static TunableSettings tunables() {
    return new TunableSettings(
        Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(30), 100, "INFO", true);
  }

  private static SystemUsage usage() {
    return new SystemUsage(
        new SystemUsage.Cpu(1, 2),
        new SystemUsage.Memory(4, 1, 25),
        new SystemUsage.Disk(4, 1, 25),
        new SystemUsage.Network(5, 6),
        new SystemUsage.OwnProcess(7, 0.5));
  }

  private final class Registered implements Readiness {
    @Override
    public String condition() {
      return "registered";
    }

    @Override
    public Optional<String> missing() {
      if (broken) {
        throw new IllegalStateException("nobody knows");
      }
      return missing;
    }
  }
}
