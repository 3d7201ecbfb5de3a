package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import java.time.Duration;
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
 * @param guardrails what no action may do
 */
public record ActuatorSettings(
    AgentIdentity identity,
    String namespace,
    @Nullable String podName,
    boolean dryRun,
    Duration maxActionTtl,
    int parallelism,
    int queueCapacity,
    Duration retention,
    GuardrailConfiguration guardrails) {

  private static final int QUEUE_CAPACITY = 256;

  /** With the usual queue. */
  public static ActuatorSettings of(
      AgentIdentity identity,
      String namespace,
      @Nullable String podName,
      boolean dryRun,
      Duration maxActionTtl,
      int parallelism,
      Duration retention,
      GuardrailConfiguration guardrails) {
    return new ActuatorSettings(
        identity,
        namespace,
        podName,
        dryRun,
        maxActionTtl,
        parallelism,
        QUEUE_CAPACITY,
        retention,
        guardrails);
  }

  @Nullable String ownPod() {
    return podName == null ? null : namespace + "/" + podName;
  }
}
