package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.hotspot.DefaultExports;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/**
 * What Prometheus is told of the process as a whole, read when it asks. The exposition, to which
 * the JVM's and the process's own metrics are added:
 *
 * <pre>
 * agent_build_info{version="1.0.0"} 1.0
 * agent_component_up{component="collector"} 1.0
 * agent_component_restarts_total{component="collector"} 0.0
 * agent_component_last_success_age_seconds{component="collector"} 12.5
 * agent_heartbeat_age_seconds 3.25
 * </pre>
 *
 * <p>A component that never succeeded, one that does not lead for example, has no age. The
 * heartbeat's age counts from the start of the process until the backend took the first one, so
 * that one alert finds a backend that went away and one that was never there.
 */
public final class AgentMetrics extends Collector {
  private static final List<String> COMPONENT = List.of("component");

  private final String version;
  private final List<ComponentHealth> components;
  private final Supplier<Duration> heartbeatAge;
  private final InstantSource clock;

  private AgentMetrics(
      String version,
      List<ComponentHealth> components,
      Supplier<Duration> heartbeatAge,
      InstantSource clock) {
    this.version = version;
    this.components = List.copyOf(components);
    this.heartbeatAge = heartbeatAge;
    this.clock = clock;
  }

  /** Registers the metrics, with the JVM's and the process's; once for each registry. */
  public static void register(
      CollectorRegistry registry,
      String version,
      List<ComponentHealth> components,
      Supplier<Duration> heartbeatAge,
      InstantSource clock) {
    DefaultExports.register(registry);
    registry.register(new AgentMetrics(version, components, heartbeatAge, clock));
  }

  @Override
  public List<MetricFamilySamples> collect() {
    GaugeMetricFamily info =
        new GaugeMetricFamily("agent_build_info", "The agent's version", List.of("version"));
    info.addMetric(List.of(version), 1);
    GaugeMetricFamily up =
        new GaugeMetricFamily("agent_component_up", "1 while the component is healthy", COMPONENT);
    CounterMetricFamily restarts =
        new CounterMetricFamily(
            "agent_component_restarts", "Times the component was started anew", COMPONENT);
    GaugeMetricFamily age =
        new GaugeMetricFamily(
            "agent_component_last_success_age_seconds",
            "Time since the component last succeeded",
            COMPONENT);
    Instant now = clock.instant();
    for (ComponentHealth health : components) {
      List<String> component = List.of(health.name().wireName());
      ComponentStatus status = health.status();
      up.addMetric(component, status.healthy() ? 1 : 0);
      restarts.addMetric(component, status.restarts());
      Instant lastSuccessAt = status.lastSuccessAt();
      if (lastSuccessAt != null) {
        age.addMetric(component, seconds(Duration.between(lastSuccessAt, now)));
      }
    }
    GaugeMetricFamily heartbeat =
        new GaugeMetricFamily(
            "agent_heartbeat_age_seconds",
            "Time since the backend last took a heartbeat, or since the start",
            seconds(heartbeatAge.get()));
    return List.of(info, up, restarts, age, heartbeat);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
