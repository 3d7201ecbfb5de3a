package com.mloptimizer.agent.collector.cluster;

import org.jspecify.annotations.Nullable;

/**
 * CPU and memory of something, each absent if it was not said or is no quantity.
 *
 * @param cpuMillicores thousandths of a core
 * @param memoryBytes bytes
 */
public record Amounts(@Nullable Long cpuMillicores, @Nullable Long memoryBytes) {

  static final Amounts NONE = new Amounts(null, null);

  /** The sum; what only one of them says counts as it is. */
  public Amounts plus(Amounts other) {
    return new Amounts(
        sum(cpuMillicores, other.cpuMillicores), sum(memoryBytes, other.memoryBytes));
  }

  /** The larger of each. */
  Amounts max(Amounts other) {
    return new Amounts(
        larger(cpuMillicores, other.cpuMillicores), larger(memoryBytes, other.memoryBytes));
  }

  /** What this says, and where it says nothing, what the other does. */
  Amounts orElse(Amounts other) {
    return new Amounts(
        cpuMillicores == null ? other.cpuMillicores : cpuMillicores,
        memoryBytes == null ? other.memoryBytes : memoryBytes);
  }

  /** The sum, of only those that this has. */
  Amounts plusWherePresent(Amounts other) {
    return new Amounts(
        cpuMillicores == null ? null : sum(cpuMillicores, other.cpuMillicores),
        memoryBytes == null ? null : sum(memoryBytes, other.memoryBytes));
  }

  /** The sum of what there is of them. */
  static @Nullable Long sum(@Nullable Long one, @Nullable Long other) {
    if (one == null) {
      return other;
    }
    return other == null ? one : Long.valueOf(saturated(one, other));
  }

  private static long saturated(long one, long other) {
    long sum = one + other;
    boolean overflow = ((one ^ sum) & (other ^ sum)) < 0;
    return overflow ? Long.MAX_VALUE : sum;
  }

  private static @Nullable Long larger(@Nullable Long one, @Nullable Long other) {
    if (one == null) {
      return other;
    }
    return other == null ? one : Long.valueOf(Math.max(one, other));
  }
}
