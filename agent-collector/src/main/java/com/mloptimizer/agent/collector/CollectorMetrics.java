package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.cluster.WatchListener;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.prometheus.client.Summary;
import java.time.Duration;

/**
 * How collection fares, for Prometheus:
 *
 * <pre>
 * agent_collection_duration_seconds_bucket{le="0.1"} 3.0
 * agent_collected_records{type="pod"} 5000.0
 * agent_collections_skipped_total 0.0
 * agent_events_dropped_total 0.0
 * agent_list_duration_seconds_count{resource="pods"} 1.0
 * agent_skipped_quantities 0.0
 * agent_watch_restarts_total{resource="pods"} 1.0
 * </pre>
 */
final class CollectorMetrics implements WatchListener {

  private final Histogram duration;
  private final Gauge collected;
  private final Counter skipped;
  private final Counter watchRestarts;
  private final Summary listed;
  private final Counter eventsDropped;
  private final Gauge skippedQuantities;

  CollectorMetrics(CollectorRegistry registry) {
    this.duration =
        Histogram.build("agent_collection_duration_seconds", "Time that a collection took.")
            .buckets(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
            .register(registry);
    this.collected =
        Gauge.build("agent_collected_records", "Records of the last collection, by type.")
            .labelNames("type")
            .register(registry);
    this.skipped =
        Counter.build(
                "agent_collections_skipped_total",
                "Collections that were due while another still ran.")
            .register(registry);
    this.watchRestarts =
        Counter.build("agent_watch_restarts_total", "Watches that broke or expired, by resource.")
            .labelNames("resource")
            .register(registry);
    this.listed =
        Summary.build("agent_list_duration_seconds", "Time that a complete list took, by resource.")
            .labelNames("resource")
            .register(registry);
    this.eventsDropped =
        Counter.build(
                "agent_events_dropped_total",
                "Kubernetes events that were more than fit between two collections.")
            .register(registry);
    this.skippedQuantities =
        Gauge.build(
                "agent_skipped_quantities",
                "Quantities of the last collection that were malformed or negative.")
            .register(registry);
  }

  void took(double seconds) {
    duration.observe(seconds);
  }

  void collected(String type, int records) {
    collected.labels(type).set(records);
  }

  void skipped(long collections) {
    skipped.inc((double) collections);
  }

  void eventsDropped(int events) {
    eventsDropped.inc(events);
  }

  void skippedQuantities(int quantities) {
    skippedQuantities.set(quantities);
  }

  @Override
  public void listed(String resource, Duration took) {
    listed.labels(resource).observe(took.toNanos() / 1e9);
  }

  @Override
  public void restarted(String resource) {
    watchRestarts.labels(resource).inc();
  }
}
