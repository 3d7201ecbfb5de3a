package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.config.Setting;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Where probes, metrics and the status page get what they show. Asked by any number of threads at
 * any time; each returns at once, without asking anybody over the network.
 *
 * @param identity of this process
 * @param dryRun whether every action is planned only
 * @param heartbeat what the backend is told, too
 * @param kubernetesVersion as far as it is known; empty if it is not
 * @param readiness the conditions that must hold
 * @param liveness what is wrong past mending in this process, if anything is
 * @param heartbeatAge since the backend last took a heartbeat, or since the start
 * @param missingPermissions the permissions that each feature lacks, for every feature; empty if
 *     the API server has not been asked yet
 * @param signingKeys how many keys verify actions
 * @param settings the configuration in force, secrets masked
 * @param actions those that ended last, the latest first
 */
public record HealthSources(
    AgentIdentity identity,
    boolean dryRun,
    HeartbeatSources heartbeat,
    Supplier<String> kubernetesVersion,
    List<Readiness> readiness,
    Supplier<Optional<String>> liveness,
    Supplier<Duration> heartbeatAge,
    Supplier<Optional<Map<String, List<String>>>> missingPermissions,
    IntSupplier signingKeys,
    Supplier<List<Setting>> settings,
    Supplier<List<EndedAction>> actions) {
  public HealthSources {
    readiness = List.copyOf(readiness);
  }

  /** Each condition that does not hold, with what is missing; none if the agent is ready. */
  List<String> missing() {
    return readiness.stream()
        .flatMap(check -> check.missing().map(what -> check.condition() + ": " + what).stream())
        .toList();
  }
}
