package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A Kubernetes event; reported once for each increase of its count. */
public record EventMetric(
    String namespace,
    String name,
    String type,
    String reason,
    String message,
    InvolvedObject involvedObject,
    int count,
    @Nullable Instant firstSeenAt,
    Instant timestamp)
    implements MetricRecord {

  /** What the event is about. */
  public record InvolvedObject(
      String kind, String name, @Nullable String namespace, @Nullable String uid) {}
}
