package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the sparklines show: a few series of the last ten minutes, kept in this process so that the
 * page says something where there is no Prometheus. Safe for use by several threads.
 */
final class StatusHistory {
  /** Between two samples. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final int CAPACITY = 120;
  private static final int RATE_SAMPLES = 12;

  private static final String RECORDS = "agent_records_sent_total";
  private static final String ACTIONS = "agent_actions_total";
  private static final String CALL_SECONDS = "agent_backend_request_duration_seconds_sum";
  private static final String CALLS = "agent_backend_request_duration_seconds_count";
  private static final String SENT = "agent_websocket_frames_sent_total";
  private static final String RECEIVED = "agent_websocket_frames_received_total";
  private static final String SPOOL = "agent_spool_bytes";
  private static final String MEMORY = "process_resident_memory_bytes";
  private static final String CPU = "process_cpu_seconds_total";
  private static final Set<String> NAMES =
      Set.of(RECORDS, ACTIONS, CALL_SECONDS, CALLS, SENT, RECEIVED, SPOOL, MEMORY, CPU);

  private final CollectorRegistry registry;
  private final List<ComponentHealth> components;
  private final Ticker ticker;

  // All guarded by this.
  private final Map<String, Deque<Point>> series = new TreeMap<>();
  private final Map<String, Double> last = new HashMap<>();
  private long lastNanos;

  /** A value, or none: a deque takes no null. */
  private record Point(@Nullable Double value) {}

  StatusHistory(CollectorRegistry registry, List<ComponentHealth> components, Ticker ticker) {
    this.registry = registry;
    this.components = List.copyOf(components);
    this.ticker = ticker;
  }

  /** Takes one sample. */
  synchronized void sample() {
    Samples now = Samples.of(registry, NAMES);
    double elapsed = Math.max(0.001, (ticker.nanos() - lastNanos) / 1e9);
    lastNanos = ticker.nanos();
    for (ComponentHealth component : components) {
      add(component.name().wireName() + "_up", component.status().healthy() ? 1.0 : 0.0);
    }
    add("records_per_second", rate(RECORDS, now.sum(RECORDS), elapsed));
    add("actions_ended", growth(ACTIONS, orNone(now.sum(ACTIONS))));
    add("heartbeat_seconds", average(now));
    OptionalDouble frames = OptionalDouble.of(orNone(now.sum(SENT)) + orNone(now.sum(RECEIVED)));
    add("frames_per_second", rate(SENT, frames, elapsed));
    add("spool_bytes", value(now.sum(SPOOL)));
    add("memory_bytes", value(now.sum(MEMORY)));
    add("cpu_cores", rate(CPU, now.sum(CPU), elapsed));
  }

  /** Everything that is remembered. */
  synchronized AgentStatus.History get() {
    Map<String, List<@Nullable Double>> copy = new TreeMap<>();
    series.forEach((name, points) -> copy.put(name, values(points)));
    return new AgentStatus.History((int) INTERVAL.toSeconds(), copy);
  }

  /** Records delivered a second, over the last minute; null if there is no sample yet. */
  synchronized @Nullable Double recordsPerSecond() {
    Deque<Point> points = series.getOrDefault("records_per_second", new ArrayDeque<>());
    List<Double> latest = new ArrayList<>();
    var newestFirst = points.descendingIterator();
    while (newestFirst.hasNext() && latest.size() < RATE_SAMPLES) {
      Double value = newestFirst.next().value();
      if (value != null) {
        latest.add(value);
      }
    }
    return latest.isEmpty()
        ? null
        : rounded(latest.stream().mapToDouble(Double::doubleValue).average().orElse(0));
  }

  private static List<@Nullable Double> values(Deque<Point> points) {
    List<@Nullable Double> values = new ArrayList<>();
    points.forEach(point -> values.add(point.value()));
    return values;
  }

  /** The time that a heartbeat took, if one was sent since the last sample. */
  private @Nullable Double average(Samples calls) {
    Double seconds = growth(CALL_SECONDS, orNone(calls.sum(CALL_SECONDS, "heartbeat")));
    Double count = growth(CALLS, orNone(calls.sum(CALLS, "heartbeat")));
    return seconds == null || count == null || count == 0 ? null : seconds / count;
  }

  private @Nullable Double rate(String name, OptionalDouble value, double elapsed) {
    @Nullable Double growth = value.isEmpty() ? null : growth(name, value.getAsDouble());
    return growth == null ? null : growth / elapsed;
  }

  /** What a counter grew by since the last sample; null for the first one. */
  private @Nullable Double growth(String name, double value) {
    Double before = last.put(name, value);
    return before == null ? null : Math.max(0, value - before);
  }

  private void add(String name, @Nullable Double value) {
    Deque<Point> points = series.computeIfAbsent(name, _ -> new ArrayDeque<>());
    points.addLast(new Point(value == null ? null : rounded(value)));
    if (points.size() > CAPACITY) {
      points.removeFirst();
    }
  }

  private static double orNone(OptionalDouble value) {
    return value.orElse(0);
  }

  private static @Nullable Double value(OptionalDouble value) {
    return value.isEmpty() ? null : value.getAsDouble();
  }

  /** Four digits after the point are more than a sparkline shows. */
  private static double rounded(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }
}
