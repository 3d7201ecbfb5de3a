package com.mloptimizer.agent.heartbeat;

import com.fasterxml.jackson.annotation.JsonValue;
import com.mloptimizer.agent.core.config.Setting;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The agent as {@code /status} gives it, the status page shows it and {@code agent status} prints
 * it; in JSON the names are in snake_case, the maps in the order of their keys.
 *
 * @param state in one word
 * @param version of the agent
 * @param bootId fresh for every process
 * @param uptimeSeconds since the start of the process
 * @param kubernetesVersion empty if it is not known
 * @param leader whether this process leads
 * @param dryRun whether every action is planned only
 * @param ready whether nothing is missing
 * @param missing each condition that does not hold, with what is missing
 * @param missingPermissions by feature, for those that lack some; null if nobody knows yet
 * @param counters by their name on the wire
 * @param actions the latest first
 * @param history of the last minutes
 */
public record AgentStatus(
    State state,
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
    Connection connection,
    Collection collection,
    Spool spool,
    ConfigState config,
    int signingKeys,
    @Nullable Map<String, List<String>> missingPermissions,
    Map<String, Long> counters,
    List<EndedAction> actions,
    List<Setting> settings,
    History history) {
  public AgentStatus {
    missing = List.copyOf(missing);
    components = Collections.unmodifiableMap(new TreeMap<>(components));
    counters = Collections.unmodifiableMap(new TreeMap<>(counters));
    actions = List.copyOf(actions);
    settings = List.copyOf(settings);
  }

  /** The agent in one word. */
  public enum State {
    HEALTHY,
    /** A component is unhealthy, or a condition of readiness does not hold. */
    DEGRADED,
    /** Another replica leads; this one is ready to. */
    STANDBY;

    /** The name in JSON, for example {@code standby}. */
    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How the backend is reached.
   *
   * @param websocket whether the WebSocket is up
   * @param heartbeatAgeSeconds since the backend last took a heartbeat, or since the start
   * @param waitingFrames what waits to be sent by WebSocket
   */
  public record Connection(boolean websocket, double heartbeatAgeSeconds, long waitingFrames) {}

  /**
   * What is collected.
   *
   * @param records of the last collection, by type
   * @param recordsPerSecond delivered to the backend within the last minute; null if nobody knows
   *     yet
   */
  public record Collection(Map<String, Long> records, @Nullable Double recordsPerSecond) {}

  /** What waits on disk for the backend, and what was lost on the way since the start. */
  public record Spool(long bytes, long batchesDropped) {}

  /**
   * Samples at equal distances, the oldest first; null where nothing is known.
   *
   * @param series by name, which ends in the unit
   */
  public record History(int intervalSeconds, Map<String, List<@Nullable Double>> series) {}
}
