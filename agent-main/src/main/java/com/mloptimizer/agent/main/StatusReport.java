package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.heartbeat.AgentStatus;
import com.mloptimizer.agent.heartbeat.HeartbeatSources;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The agent as a whole, for {@code /status}. */
final class StatusReport implements Supplier<AgentStatus> {
  private final AgentIdentity identity;
  private final boolean dryRun;
  private final Supplier<String> kubernetesVersion;
  private final HeartbeatSources sources;
  private final List<Readiness> readiness;
  private final InstantSource clock;
  private final Instant startedAt;

  StatusReport(
      AgentIdentity identity,
      boolean dryRun,
      Supplier<String> kubernetesVersion,
      HeartbeatSources sources,
      List<Readiness> readiness,
      InstantSource clock) {
    this.identity = identity;
    this.dryRun = dryRun;
    this.kubernetesVersion = kubernetesVersion;
    this.sources = sources;
    this.readiness = readiness;
    this.clock = clock;
    this.startedAt = clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public AgentStatus get() {
    Map<ComponentName, ComponentStatus> components = new EnumMap<>(ComponentName.class);
    for (ComponentHealth health : sources.components()) {
      components.put(health.name(), health.status());
    }
    List<String> missing =
        readiness.stream()
            .flatMap(check -> check.missing().map(what -> check.condition() + ": " + what).stream())
            .toList();
    return new AgentStatus(
        sources.version(),
        identity.clusterId(),
        identity.agentId(),
        identity.bootId(),
        startedAt,
        Duration.between(startedAt, clock.instant()).toSeconds(),
        kubernetesVersion.get(),
        sources.leader().getAsBoolean(),
        dryRun,
        missing.isEmpty(),
        missing,
        components,
        sources.config().get(),
        sources.counters().get());
  }
}
