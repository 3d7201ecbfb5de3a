package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import java.util.Map;

/** A Deployment, StatefulSet or DaemonSet. */
public record WorkloadMetric(
    String kind,
    String namespace,
    String name,
    String uid,
    int replicasDesired,
    int replicasReady,
    int replicasAvailable,
    int replicasUpdated,
    long generation,
    long observedGeneration,
    Map<String, String> labels,
    Instant timestamp)
    implements MetricRecord {
  public WorkloadMetric {
    labels = Map.copyOf(labels);
  }
}
