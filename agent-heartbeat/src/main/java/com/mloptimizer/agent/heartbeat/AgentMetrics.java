package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.hotspot.DefaultExports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What Prometheus is told of the process as a whole, read when it asks. The exposition, to which
 * the JVM's and the process's own metrics and those of {@link SystemMetrics} are added:
 *
 * <pre>
 * agent_build_info{version="1.0.0",application="kubernetes-agent"} 1.0
 * agent_component_up{component="collector"} 1.0
 * agent_component_restarts_total{component="collector"} 0.0
 * agent_component_last_success_age_seconds{component="collector"} 12.5
 * agent_heartbeat_age_seconds 3.25
 * agent_ready 1.0
 * agent_leader 1.0
 * agent_signing_keys 2.0
 * agent_remote_config_version 7.0
 * agent_remote_config_failed 0.0
 * agent_permissions_missing{feature="action:drain_node"} 0.0
 * </pre>
 *
 * <p>Ages count from the start until there is a first success, so that one alert finds what went
 * away and what was never there: a component's from its own start, which one that waits for the
 * lead has not had, so that it has no age; the heartbeat's from that of the process. Permissions
 * are absent until the API server was asked.
 */
public final class AgentMetrics extends Collector {
  private static final List<String> COMPONENT = List.of("component");
  private static final String APPLICATION = "kubernetes-agent";

  private final HealthSources sources;

  private AgentMetrics(HealthSources sources) {
    this.sources = sources;
  }

  /**
   * Registers the metrics, with the JVM's, the process's and the system's; once for each registry.
   *
   * @param usage read for these metrics and nothing else
   */
  public static void register(
      CollectorRegistry registry, HealthSources sources, SystemUsageReader usage) {
    DefaultExports.register(registry);
    registry.register(new AgentMetrics(sources));
    registry.register(new SystemMetrics(usage));
  }

  @Override
  public List<MetricFamilySamples> collect() {
    List<MetricFamilySamples> families = new ArrayList<>();
    GaugeMetricFamily info =
        new GaugeMetricFamily(
            "agent_build_info", "The agent's version", List.of("version", "application"));
    // Other agents have a metric of this name; by the label alerts and dashboards know ours.
    info.addMetric(List.of(sources.heartbeat().version(), APPLICATION), 1);
    families.add(info);
    families.addAll(components());
    families.add(
        gauge(
            "agent_heartbeat_age_seconds",
            "Time since the backend last took a heartbeat, or since the start",
            seconds(sources.heartbeatAge().get())));
    families.add(
        gauge(
            "agent_ready", "1 while nothing is missing", sources.missing().isEmpty() ? 1.0 : 0.0));
    families.add(
        gauge(
            "agent_leader",
            "1 while this process leads",
            sources.heartbeat().leader().getAsBoolean() ? 1.0 : 0.0));
    families.add(
        gauge("agent_signing_keys", "Keys that verify actions", sources.signingKeys().getAsInt()));
    families.addAll(remoteConfiguration());
    families.add(permissions());
    return families;
  }

  private List<MetricFamilySamples> components() {
    GaugeMetricFamily up =
        new GaugeMetricFamily("agent_component_up", "1 while the component is healthy", COMPONENT);
    CounterMetricFamily restarts =
        new CounterMetricFamily(
            "agent_component_restarts", "Times the component was started anew", COMPONENT);
    GaugeMetricFamily age =
        new GaugeMetricFamily(
            "agent_component_last_success_age_seconds",
            "Time since the component last succeeded, or since it began",
            COMPONENT);
    for (ComponentHealth health : sources.heartbeat().components()) {
      List<String> component = List.of(health.name().wireName());
      ComponentStatus status = health.status();
      up.addMetric(component, status.healthy() ? 1 : 0);
      restarts.addMetric(component, status.restarts());
      health.sinceSuccess().ifPresent(since -> age.addMetric(component, seconds(since)));
    }
    return List.of(up, restarts, age);
  }

  private List<MetricFamilySamples> remoteConfiguration() {
    ConfigState config = sources.heartbeat().config().get();
    return List.of(
        gauge(
            "agent_remote_config_version",
            "Version of the remote configuration in force, 0 without one",
            (double) config.version()),
        gauge(
            "agent_remote_config_failed",
            "1 if the last remote configuration was refused",
            config.status().equals("failed") ? 1.0 : 0.0));
  }

  private GaugeMetricFamily permissions() {
    GaugeMetricFamily missing =
        new GaugeMetricFamily(
            "agent_permissions_missing", "Permissions that a feature lacks", List.of("feature"));
    sources
        .missingPermissions()
        .get()
        .ifPresent(features ->
            new TreeMap<>(features)
                .forEach(
                    (feature, lacking) -> missing.addMetric(List.of(feature), lacking.size())));
    return missing;
  }

  private static GaugeMetricFamily gauge(String name, String help, double value) {
    return new GaugeMetricFamily(name, help, value);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
