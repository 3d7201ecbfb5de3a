package com.mloptimizer.agent.main.leadership;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import java.util.List;

/**
 * What Prometheus is told of the leadership, read when it asks:
 *
 * <pre>
 * # HELP agent_leader_transitions_total Times that somebody, this process included, took over
 * # TYPE agent_leader_transitions_total counter
 * agent_leader_transitions_total 1.0
 * </pre>
 */
public final class LeadershipMetrics extends Collector {
  private final Leadership leadership;

  private LeadershipMetrics(Leadership leadership) {
    this.leadership = leadership;
  }

  /** Adds them to what is exposed. */
  public static void register(CollectorRegistry registry, Leadership leadership) {
    registry.register(new LeadershipMetrics(leadership));
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        new CounterMetricFamily(
            "agent_leader_transitions",
            "Times that somebody, this process included, took over",
            leadership.transitions()));
  }
}
