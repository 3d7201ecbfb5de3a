package com.mloptimizer.agent.core.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code POST /agents/heartbeat}: how the agent is. */
public record HeartbeatRequest(
    String clusterId,
    String agentId,
    String bootId,
    Instant timestamp,
    Status status,
    boolean leader,
    Map<ComponentName, ComponentStatus> components,
    SystemUsage metrics,
    ConfigState config,
    Map<String, Long> counters) {
  public HeartbeatRequest {
    components = Map.copyOf(components);
    counters = Map.copyOf(counters);
  }

  /** The agent as a whole. */
  public enum Status {
    HEALTHY,
    /** Some component is unhealthy. */
    DEGRADED,
    /** The last heartbeat of this process. */
    STOPPING;

    /** The name on the wire, for example {@code healthy}. */
    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The remote configuration in force; version 0 is none. */
  public record ConfigState(long version, String status, @Nullable String error) {

    /** No remote configuration was received yet. */
    public static ConfigState none() {
      return new ConfigState(0, "applied", null);
    }
  }
}
