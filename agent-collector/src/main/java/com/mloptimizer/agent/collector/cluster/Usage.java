package com.mloptimizer.agent.collector.cluster;

import org.jspecify.annotations.Nullable;

/**
 * What something used, as exactly as it was measured, each absent if it was not said or is no
 * quantity. Kubernetes adds and then rounds; so sums are made of these, and {@link #rounded} last.
 *
 * @param cpuNanocores billionths of a core
 * @param memoryBytes bytes
 */
public record Usage(@Nullable Long cpuNanocores, @Nullable Long memoryBytes) {

  /** Nothing known. */
  public static final Usage NONE = new Usage(null, null);

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** The sum; what only one of them says counts as it is. */
  Usage plus(Usage other) {
    return new Usage(
        Amounts.sum(cpuNanocores, other.cpuNanocores), Amounts.sum(memoryBytes, other.memoryBytes));
  }

  /** In whole millicores, rounded up. */
  public Amounts rounded() {
    return new Amounts(
        cpuNanocores == null ? null : Math.ceilDiv(cpuNanocores, NANOS_PER_MILLI), memoryBytes);
  }
}
