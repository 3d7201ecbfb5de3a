package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pod. Usage is null without a sample, requests and limits are null where none are set. */
public record PodMetric(
    String namespace,
    String podName,
    String podUid,
    @Nullable String nodeName,
    String phase,
    boolean ready,
    @Nullable String qosClass,
    @Nullable Integer priority,
    @Nullable Owner owner,
    Map<String, String> labels,
    @Nullable Long cpuUsageMillicores,
    @Nullable Long memoryUsageBytes,
    @Nullable Long cpuRequestMillicores,
    @Nullable Long memoryRequestBytes,
    @Nullable Long cpuLimitMillicores,
    @Nullable Long memoryLimitBytes,
    int restartCount,
    List<ContainerMetric> containers,
    Instant timestamp)
    implements MetricRecord {
  public PodMetric {
    labels = Map.copyOf(labels);
    containers = List.copyOf(containers);
  }

  /** The workload that the pod belongs to, seen through its ReplicaSet. */
  public record Owner(String kind, String name) {}
}
