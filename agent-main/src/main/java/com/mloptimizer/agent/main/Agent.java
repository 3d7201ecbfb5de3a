package com.mloptimizer.agent.main;

import com.mloptimizer.agent.actuator.ActuatorComponent;
import com.mloptimizer.agent.actuator.ActuatorSettings;
import com.mloptimizer.agent.collector.Collector;
import com.mloptimizer.agent.collector.CollectorSettings;
import com.mloptimizer.agent.core.backend.BackendClient;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.config.AgentConfiguration;
import com.mloptimizer.agent.core.config.RemoteConfiguration;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.heartbeat.AgentMetrics;
import com.mloptimizer.agent.heartbeat.HealthServer;
import com.mloptimizer.agent.heartbeat.HealthSources;
import com.mloptimizer.agent.heartbeat.HeartbeatComponent;
import com.mloptimizer.agent.heartbeat.HeartbeatSources;
import com.mloptimizer.agent.heartbeat.RecentActions;
import com.mloptimizer.agent.heartbeat.SystemUsageReader;
import com.mloptimizer.agent.main.leadership.LeaderElector;
import com.mloptimizer.agent.main.leadership.Leadership;
import com.mloptimizer.agent.main.leadership.LeadershipMetrics;
import com.mloptimizer.agent.main.leadership.LeaseSettings;
import com.mloptimizer.agent.main.leadership.SoleLeadership;
import com.mloptimizer.agent.main.leadership.WhileLeading;
import com.mloptimizer.agent.main.logging.AgentLogging;
import com.mloptimizer.agent.main.permission.Capabilities;
import com.mloptimizer.agent.main.supervisor.Supervisor;
import com.mloptimizer.agent.main.supervisor.Supervisor.Ending;
import com.mloptimizer.agent.main.support.BundleArchive;
import com.mloptimizer.agent.ws.FrameOutbox;
import com.mloptimizer.agent.ws.Introduction;
import com.mloptimizer.agent.ws.Receivers;
import com.mloptimizer.agent.ws.WebSocketComponent;
import com.mloptimizer.agent.ws.WebSocketSettings;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The composition root: everything that runs is made here, and closed here. */
final class Agent implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Agent.class);
  private static final int OUTBOX_FRAMES = 1000;

  private final KubernetesClient kubernetes;
  private final BackendClient backend;
  private final Collector collector;
  private final Leadership leadership;
  private final Supervisor supervisor;
  private final HealthServer server;

  private Agent(
      KubernetesClient kubernetes,
      BackendClient backend,
      Collector collector,
      Leadership leadership,
      Supervisor supervisor,
      HealthServer server) {
    this.kubernetes = kubernetes;
    this.backend = backend;
    this.collector = collector;
    this.leadership = leadership;
    this.supervisor = supervisor;
    this.server = server;
  }

  /**
   * Puts the agent together; starts nothing.
   *
   * @throws ClusterRefusedException if the API server does not accept the credentials
   */
  static Agent assemble(Connections connections, AgentLogging logging) {
    AgentConfiguration configuration = connections.configuration();
    AgentIdentity identity =
        new AgentIdentity(
            configuration.clusterId(), configuration.agentId(), UUID.randomUUID().toString());
    String version = Version.current();
    InstantSource clock = InstantSource.system();
    Ticker ticker = Ticker.system();
    CollectorRegistry registry = connections.registry();
    Map<ComponentName, ComponentHealth> health = new EnumMap<>(ComponentName.class);
    for (ComponentName name : ComponentName.values()) {
      health.put(name, new ComponentHealth(name, clock, ticker));
    }

    KubernetesClient unfenced = connections.kubernetes();
    ClusterVersion clusterVersion = new ClusterVersion(unfenced);
    clusterVersion.requireAuthorized();
    Capabilities capabilities =
        new Capabilities(
            unfenced, connections.namespace(), configuration.guardrails().allowedActions(), ticker);
    Leadership leadership = leadership(connections, identity, ticker, clock);
    LeadershipMetrics.register(registry, leadership);
    KubernetesClient kubernetes = unfenced.fencedBy(leadership.fence());
    BackendMetrics backendMetrics = new BackendMetrics(registry);
    BackendClient backend = connections.backend(backendMetrics);
    BackendRetry retry = new BackendRetry(Backoff.standard(), backendMetrics, ticker);
    EnvelopeVerifier verifier = new EnvelopeVerifier(connections.signingKeys());
    FrameOutbox outbox = new FrameOutbox(OUTBOX_FRAMES, clock, ticker, registry);
    RemoteConfiguration remote =
        new RemoteConfiguration(
            configuration.tunables(),
            identity.clusterId(),
            verifier,
            outbox,
            changed -> logging.setLevel(changed.logLevel()));
    remote.keepIn(configuration.spoolDirectory().resolve("remote-configuration.json"));

    Collector collector =
        new Collector(
            kubernetes,
            identity,
            remote,
            CollectorSettings.in(configuration.spoolDirectory()),
            backend::sendMetrics,
            retry,
            healthOf(ComponentName.COLLECTOR, health),
            registry,
            clock,
            ticker);
    RecentActions actions = new RecentActions();
    ActuatorComponent actuator =
        new ActuatorComponent(
            ActuatorSettings.of(
                identity,
                connections.namespace(),
                configuration.podName(),
                configuration.dryRun(),
                configuration.maxActionTtl(),
                configuration.actionParallelism(),
                configuration.actionRetention(),
                configuration.guardrails()),
            remote,
            kubernetes,
            backend,
            retry,
            verifier,
            outbox,
            healthOf(ComponentName.ACTUATOR, health),
            clock,
            registry,
            actions);
    HeartbeatSources sources =
        new HeartbeatSources(
            version,
            capabilities,
            clusterVersion,
            List.copyOf(health.values()),
            leadership::isLeading,
            remote,
            remote::state,
            () -> Map.of("batches_dropped_total", collector.droppedBatches()),
            new SystemUsageReader(configuration.spoolDirectory()));
    HeartbeatComponent heartbeat =
        new HeartbeatComponent(
            backend,
            retry,
            identity,
            sources,
            remote,
            healthOf(ComponentName.HEARTBEAT, health),
            clock,
            ticker);
    WebSocketComponent webSocket =
        new WebSocketComponent(
            WebSocketSettings.standard(configuration.backendWsUrl()),
            new Introduction(identity, version, capabilities, connections.apiKeys()),
            new Receivers(actuator, remote, wish -> heartbeat.wishInterval((int) wish.toSeconds())),
            outbox,
            connections.proxies(),
            () -> connections.tls().get().socketFactory(),
            Backoff.standard(),
            healthOf(ComponentName.WEBSOCKET, health),
            registry,
            clock,
            ticker);

    Map<Component, ComponentHealth> components = new LinkedHashMap<>();
    for (Component component : List.of(heartbeat, webSocket, actuator, collector)) {
      components.put(component, healthOf(component.name(), health));
    }
    Supervisor supervisor = new Supervisor(components, leadership, Backoff.standard(), ticker);
    List<Readiness> readiness =
        List.of(
            heartbeat,
            leadership,
            new WhileLeading(actuator, leadership),
            new WhileLeading(collector.readiness(), leadership));
    HealthSources shown =
        new HealthSources(
            identity,
            configuration.dryRun(),
            sources,
            clusterVersion::known,
            readiness,
            () -> supervisor.livenessProblem().or(leadership::livenessProblem),
            heartbeat::sinceLastHeartbeat,
            capabilities::missing,
            () -> connections.signingKeys().get().keys().size(),
            new EffectiveSettings(connections.settings(), configuration.tunables(), remote),
            actions);
    AgentMetrics.register(registry, shown, new SystemUsageReader(configuration.spoolDirectory()));
    HealthServer server =
        new HealthServer(
            new InetSocketAddress(configuration.httpPort()),
            shown,
            registry,
            new BundleArchive(logging::recentLines, connections.redaction(), clock),
            clock,
            ticker);
    log.info("Configuration: {}", configuration);
    log.info("Guardrails: {}", configuration.guardrails());
    return new Agent(kubernetes, backend, collector, leadership, supervisor, server);
  }

  /**
   * Runs until it is told to stop or has lost the leadership; then everything has been stopped in
   * order.
   */
  Ending run(StopSignal stop) throws IOException, InterruptedException {
    server.start();
    log.info("Agent {} serves HTTP on port {}", Version.current(), server.port());
    leadership.start();
    Ending ending = supervisor.run(stop);
    log.info("Agent stopped");
    return ending;
  }

  @Override
  public void close() {
    server.close();
    leadership.close();
    collector.close();
    backend.close();
    kubernetes.close();
  }

  private static Leadership leadership(
      Connections connections, AgentIdentity identity, Ticker ticker, InstantSource clock) {
    AgentConfiguration configuration = connections.configuration();
    if (!configuration.leaderElection()) {
      return new SoleLeadership();
    }
    // No two processes ever have the same, whatever they are called.
    String holder = identity.agentId() + "_" + identity.bootId();
    return new LeaderElector(
        LeaseSettings.standard(connections.namespace(), configuration.leaseName(), holder),
        connections.kubernetes(),
        ticker,
        clock);
  }

  private static ComponentHealth healthOf(
      ComponentName name, Map<ComponentName, ComponentHealth> health) {
    return Objects.requireNonNull(health.get(name));
  }
}
