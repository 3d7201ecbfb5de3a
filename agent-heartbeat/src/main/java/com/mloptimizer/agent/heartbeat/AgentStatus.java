package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The agent as {@code /status} shows it and {@code agent status} prints it; in JSON the names are
 * in snake_case, the maps in the order of their keys.
 *
 * @param version of the agent
 * @param bootId fresh for every process
 * @param uptimeSeconds since the start of the process
 * @param kubernetesVersion empty if it is not known
 * @param leader whether this process leads
 * @param dryRun whether every action is planned only
 * @param ready whether nothing is missing
 * @param missing each condition that does not hold, with what is missing
 * @param counters by their name on the wire
 */
public record AgentStatus(
    String version,
    String clusterId,
    String agentId,
    String bootId,
    Instant startedAt,
    long uptimeSeconds,
    String kubernetesVersion,
    boolean leader,
    boolean dryRun,
    boolean ready,
    List<String> missing,
    Map<ComponentName, ComponentStatus> components,
    ConfigState config,
    Map<String, Long> counters) {
  public AgentStatus {
    missing = List.copyOf(missing);
    components = Collections.unmodifiableMap(new TreeMap<>(components));
    counters = Collections.unmodifiableMap(new TreeMap<>(counters));
  }
}
