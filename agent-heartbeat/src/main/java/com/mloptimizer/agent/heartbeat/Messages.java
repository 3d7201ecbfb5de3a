package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.Status;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** Writes what the heartbeat sends, as things are at that moment. */
final class Messages {
  private final AgentIdentity identity;
  private final HeartbeatSources sources;
  private final InstantSource clock;

  Messages(AgentIdentity identity, HeartbeatSources sources, InstantSource clock) {
    this.identity = identity;
    this.sources = sources;
    this.clock = clock;
  }

  RegisterRequest register() {
    return new RegisterRequest(
        identity.clusterId(),
        identity.agentId(),
        identity.bootId(),
        sources.version(),
        ProtocolCodec.PROTOCOL,
        sources.kubernetesVersion().get(),
        sources.capabilities().get(),
        now());
  }

  /** Whether a registration would say the same now. */
  boolean isUpToDate(RegisterRequest earlier) {
    return earlier.kubernetesVersion().equals(sources.kubernetesVersion().get())
        && earlier.capabilities().equals(sources.capabilities().get());
  }

  /** A heartbeat that says whether every component is healthy. */
  HeartbeatRequest heartbeat() {
    Map<ComponentName, ComponentStatus> components = sources.statuses();
    boolean healthy = components.values().stream().allMatch(ComponentStatus::healthy);
    return heartbeat(healthy ? Status.HEALTHY : Status.DEGRADED, components);
  }

  /** The last heartbeat of this process. */
  HeartbeatRequest lastHeartbeat() {
    return heartbeat(Status.STOPPING, sources.statuses());
  }

  DeregisterRequest deregister() {
    return new DeregisterRequest(
        identity.clusterId(), identity.agentId(), identity.bootId(), now(), "shutdown");
  }

  private HeartbeatRequest heartbeat(
      Status status, Map<ComponentName, ComponentStatus> components) {
    return new HeartbeatRequest(
        identity.clusterId(),
        identity.agentId(),
        identity.bootId(),
        now(),
        status,
        sources.leader().getAsBoolean(),
        components,
        sources.usage().get(),
        sources.config().get(),
        sources.counters().get());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
