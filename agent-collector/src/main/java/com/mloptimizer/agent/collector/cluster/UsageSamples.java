package com.mloptimizer.agent.collector.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What metrics.k8s.io says at one time.
 *
 * @param pods by namespace and name
 * @param nodes by name
 * @param skipped the quantities in it that cannot be used, for people
 * @param problem why some or all of it is missing
 */
public record UsageSamples(
    Map<PodKey, PodSample> pods,
    Map<String, Usage> nodes,
    List<String> skipped,
    Optional<String> problem) {

  /** A pod's name, which is all that a sample has to tell whose it is. */
  public record PodKey(String namespace, String name) {}

  /** What a container used. */
  public record ContainerSample(String name, Usage usage) {}

  /** What a pod used. */
  public record PodSample(Instant takenAt, List<ContainerSample> containers) {

    /** What one of its containers used; nothing known if it has no sample. */
    public Usage of(String container) {
      for (ContainerSample sample : containers) {
        if (sample.name().equals(container)) {
          return sample.usage();
        }
      }
      return Usage.NONE;
    }

    /** What all of them used together. */
    public Usage total() {
      Usage total = Usage.NONE;
      for (ContainerSample sample : containers) {
        total = total.plus(sample.usage());
      }
      return total;
    }
  }

  /** The pod's sample, unless it was taken before this pod was there. */
  public Optional<PodSample> of(PodInfo pod) {
    return Optional.ofNullable(pods.get(new PodKey(pod.meta().namespace(), pod.meta().name())))
        .filter(sample -> !sample.takenAt().isBefore(pod.meta().createdAt()));
  }
}
