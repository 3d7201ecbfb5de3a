package com.mloptimizer.agent.main.leadership;

import java.time.Duration;

/**
 * Which Lease, and how it is played for.
 *
 * @param namespace of the Lease
 * @param name of the Lease
 * @param identity this process, and no other that ever was
 * @param duration how long the others wait for a change before they take over; whole seconds
 * @param renewDeadline how long after its last renewal the leader begins no write any more
 * @param retryPeriod between two attempts, to renew as well as to take over
 */
public record LeaseSettings(
    String namespace,
    String name,
    String identity,
    Duration duration,
    Duration renewDeadline,
    Duration retryPeriod) {

  /**
   * @throws IllegalArgumentException if the leader would not stop before the others may begin, or
   *     could not try to renew twice
   */
  public LeaseSettings {
    if (duration.compareTo(renewDeadline) <= 0
        || renewDeadline.compareTo(retryPeriod.multipliedBy(2)) <= 0
        || !retryPeriod.isPositive()
        || duration.toNanosPart() != 0) {
      throw new IllegalArgumentException(
          "lease of %s, renewed within %s, tried every %s"
              .formatted(duration, renewDeadline, retryPeriod));
    }
  }

  /** The usual times of Kubernetes' own components: 15 s, 10 s, 2 s. */
  public static LeaseSettings standard(String namespace, String name, String identity) {
    return new LeaseSettings(
        namespace,
        name,
        identity,
        Duration.ofSeconds(15),
        Duration.ofSeconds(10),
        Duration.ofSeconds(2));
  }

  /** The Lease as people write it. */
  String lease() {
    return namespace + "/" + name;
  }
}
