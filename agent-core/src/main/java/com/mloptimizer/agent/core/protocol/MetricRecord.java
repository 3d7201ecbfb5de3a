package com.mloptimizer.agent.core.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;

/** One record of a batch, told apart by {@code metric_type}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "metric_type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = PodMetric.class, name = "pod"),
  @JsonSubTypes.Type(value = NodeMetric.class, name = "node"),
  @JsonSubTypes.Type(value = WorkloadMetric.class, name = "workload"),
  @JsonSubTypes.Type(value = EventMetric.class, name = "event")
})
public sealed interface MetricRecord permits PodMetric, NodeMetric, WorkloadMetric, EventMetric {

  /** When what it says was observed. */
  Instant timestamp();
}
