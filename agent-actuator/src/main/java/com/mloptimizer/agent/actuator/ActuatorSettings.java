package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.protocol.AgentIdentity;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the actuator works.
 *
 * @param identity who it acts for
 * @param namespace where the journal is kept
 * @param podName the agent's own pod, if it runs in one
 * @param dryRun whether every action is planned only
 * @param maxActionTtl the longest validity of an action
 * @param parallelism how many targets are worked on at once
 * @param queueCapacity how many actions may wait
 * @param retention how long a finished action stays in the journal
 */
public record ActuatorSettings(
    AgentIdentity identity,
    String namespace,
    @Nullable String podName,
    boolean dryRun,
    Duration maxActionTtl,
    int parallelism,
    int queueCapacity,
    Duration retention) {

  /** The usual sizes. */
  public static ActuatorSettings of(
      AgentIdentity identity,
      String namespace,
      @Nullable String podName,
      boolean dryRun,
      Duration maxActionTtl) {
    return new ActuatorSettings(
        identity, namespace, podName, dryRun, maxActionTtl, 4, 256, Duration.ofHours(24));
  }

  /**
   * What no action may target; outside a cluster the agent has no namespace of its own to protect.
   */
  Set<String> protectedNamespaces() {
    return podName == null ? Set.of("kube-system") : Set.of("kube-system", namespace);
  }

  @Nullable String ownPod() {
    return podName == null ? null : namespace + "/" + podName;
  }
}
