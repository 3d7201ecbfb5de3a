package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import com.mloptimizer.agent.core.protocol.SystemUsage;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Where a registration and a heartbeat get what they report; each is asked anew for each message.
 * Capabilities and version are asked on the heartbeat's thread or one of its calls and may take
 * some seconds, the others return at once on any thread.
 *
 * @param version of the agent
 * @param capabilities what the agent may do
 * @param kubernetesVersion of the cluster, for example {@code v1.36.0}; empty if it is not known
 * @param components all that are reported, the heartbeat itself among them
 * @param leader whether this process leads
 * @param settings in force
 * @param config the remote configuration in force
 * @param counters by their name on the wire, for example {@code batches_dropped_total}
 * @param usage what the container uses
 */
public record HeartbeatSources(
    String version,
    Supplier<List<String>> capabilities,
    Supplier<String> kubernetesVersion,
    List<ComponentHealth> components,
    BooleanSupplier leader,
    Supplier<TunableSettings> settings,
    Supplier<ConfigState> config,
    Supplier<Map<String, Long>> counters,
    Supplier<SystemUsage> usage) {
  public HeartbeatSources {
    components = List.copyOf(components);
  }

  /** How each component fares now. */
  Map<ComponentName, ComponentStatus> statuses() {
    Map<ComponentName, ComponentStatus> statuses = new EnumMap<>(ComponentName.class);
    components.forEach(health -> statuses.put(health.name(), health.status()));
    return statuses;
  }
}
