package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.heartbeat.AgentStatus.State;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts together how the agent is at this moment. Safe for use by several threads. */
final class StatusReport implements Supplier<AgentStatus> {
  private static final String CONNECTED = "agent_websocket_connected";
  private static final String OUTBOX = "agent_websocket_outbox_frames";
  private static final String COLLECTED = "agent_collected_records";
  private static final String SPOOL = "agent_spool_bytes";
  private static final String DROPPED = "agent_batches_dropped_total";
  private static final Set<String> NAMES = Set.of(CONNECTED, OUTBOX, COLLECTED, SPOOL, DROPPED);

  private final HealthSources sources;
  private final CollectorRegistry registry;
  private final StatusHistory history;
  private final InstantSource clock;
  private final Instant startedAt;

  StatusReport(
      HealthSources sources,
      CollectorRegistry registry,
      StatusHistory history,
      InstantSource clock) {
    this.sources = sources;
    this.registry = registry;
    this.history = history;
    this.clock = clock;
    this.startedAt = clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public AgentStatus get() {
    Samples samples = Samples.of(registry, NAMES);
    Map<ComponentName, ComponentStatus> components = sources.heartbeat().statuses();
    List<String> missing = sources.missing();
    boolean leader = sources.heartbeat().leader().getAsBoolean();
    return new AgentStatus(
        state(leader, components, missing),
        sources.heartbeat().version(),
        sources.identity().clusterId(),
        sources.identity().agentId(),
        sources.identity().bootId(),
        startedAt,
        Duration.between(startedAt, clock.instant()).toSeconds(),
        sources.kubernetesVersion().get(),
        leader,
        sources.dryRun(),
        missing.isEmpty(),
        missing,
        components,
        new AgentStatus.Connection(
            samples.sum(CONNECTED).orElse(0) > 0,
            sources.heartbeatAge().get().toMillis() / 1000.0,
            (long) samples.sum(OUTBOX).orElse(0)),
        new AgentStatus.Collection(samples.byLabel(COLLECTED), history.recordsPerSecond()),
        new AgentStatus.Spool(
            (long) samples.sum(SPOOL).orElse(0), (long) samples.sum(DROPPED).orElse(0)),
        sources.heartbeat().config().get(),
        sources.signingKeys().getAsInt(),
        missingPermissions(),
        sources.heartbeat().counters().get(),
        sources.actions().get(),
        sources.settings().get(),
        history.get());
  }

  private static State state(
      boolean leader, Map<ComponentName, ComponentStatus> components, List<String> missing) {
    boolean sound =
        missing.isEmpty() && components.values().stream().allMatch(ComponentStatus::healthy);
    if (!sound) {
      return State.DEGRADED;
    }
    return leader ? State.HEALTHY : State.STANDBY;
  }

  private @Nullable Map<String, List<String>> missingPermissions() {
    return sources
        .missingPermissions()
        .get()
        .map(features -> {
          Map<String, List<String>> lacking = new TreeMap<>(features);
          lacking.values().removeIf(List::isEmpty);
          return lacking;
        })
        .orElse(null);
  }
}
