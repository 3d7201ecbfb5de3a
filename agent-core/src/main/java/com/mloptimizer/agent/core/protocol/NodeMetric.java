package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node. Usage is null without a sample, the number of its pods while these are unknown. */
public record NodeMetric(
    String nodeName,
    String nodeUid,
    @Nullable Long cpuUsageMillicores,
    @Nullable Long memoryUsageBytes,
    @Nullable Long cpuCapacityMillicores,
    @Nullable Long memoryCapacityBytes,
    @Nullable Long cpuAllocatableMillicores,
    @Nullable Long memoryAllocatableBytes,
    @Nullable Long podsAllocatable,
    @Nullable Integer podCount,
    boolean ready,
    boolean unschedulable,
    Map<String, String> conditions,
    List<NodeTaint> taints,
    Map<String, String> labels,
    @Nullable String instanceType,
    @Nullable String zone,
    @Nullable String kubeletVersion,
    Instant timestamp)
    implements MetricRecord {
  public NodeMetric {
    conditions = Map.copyOf(conditions);
    taints = List.copyOf(taints);
    labels = Map.copyOf(labels);
  }

  /** A taint of the node. */
  public record NodeTaint(String key, @Nullable String value, String effect) {}
}
