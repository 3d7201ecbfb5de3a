package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import java.util.List;

/**
 * {@code POST /metrics/batch}.
 *
 * @param sequence starts at 1 for every boot
 */
public record MetricsBatch(
    String clusterId,
    String agentId,
    String bootId,
    long sequence,
    Instant timestamp,
    List<MetricRecord> metrics) {
  public MetricsBatch {
    metrics = List.copyOf(metrics);
  }

  /** The value of the {@code Idempotency-Key} header. */
  public String idempotencyKey() {
    return bootId + "-" + sequence;
  }
}
