package com.mloptimizer.agent.collector.cluster;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What metrics.k8s.io says at one time.
 *
 * @param pods by namespace and name
 * @param nodes by name
 * @param problem why some or all of it is missing
 */
public record UsageSamples(
    Map<PodKey, PodSample> pods, Map<String, Amounts> nodes, Optional<String> problem) {

  /** A pod's name, which is all that a sample has to tell whose it is. */
  public record PodKey(String namespace, String name) {}

  /**
   * What a pod used.
   *
   * @param containers by name
   */
  public record PodSample(Instant takenAt, Map<String, Amounts> containers) {}

  /** The pod's sample, unless it was taken before this pod was there. */
  public Optional<PodSample> of(PodInfo pod) {
    return Optional.ofNullable(pods.get(new PodKey(pod.meta().namespace(), pod.meta().name())))
        .filter(sample -> !sample.takenAt().isBefore(pod.meta().createdAt()));
  }
}
