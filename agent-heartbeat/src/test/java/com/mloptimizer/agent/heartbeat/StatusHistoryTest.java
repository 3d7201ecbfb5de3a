package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.protocol.ComponentName;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StatusHistoryTest {
  private final CollectorRegistry registry = new CollectorRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.COLLECTOR, InstantSource.fixed(Instant.EPOCH), nanos::get);
  private final StatusHistory history = new StatusHistory(registry, List.of(health), nanos::get);

  private void sample() {
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    history.sample();
  }

  @Test
  void sample_counters_becomeRates() {
    Counter records = Counter.build("agent_records_sent", "x").register(registry);
    Gauge spool = Gauge.build("agent_spool_bytes", "x").register(registry);
    Histogram calls =
        Histogram.build("agent_backend_request_duration_seconds", "x")
            .labelNames("call")
            .register(registry);
    sample();
    records.inc(50);
    spool.set(7);
    calls.labels("heartbeat").observe(0.25);
    calls.labels("metrics").observe(9);
    health.failed("away");
    sample();
    sample();

    AgentStatus.History seen = history.get();
    assertThat(seen.intervalSeconds()).isEqualTo(5);
    assertThat(seen.series().get("records_per_second")).containsExactly(null, 10.0, 0.0);
    assertThat(seen.series().get("spool_bytes")).containsExactly(0.0, 7.0, 7.0);
    assertThat(seen.series().get("heartbeat_seconds")).containsExactly(null, 0.25, null);
    assertThat(seen.series().get("collector_up")).containsExactly(1.0, 0.0, 0.0);
    assertThat(history.recordsPerSecond()).isEqualTo(5.0);
  }

  @Test
  void sample_metricsAbsent_areUnknownAndNoError() {
    sample();
    sample();
    assertThat(history.get().series().get("records_per_second")).containsExactly(null, null);
    assertThat(history.recordsPerSecond()).isNull();
  }

  @Test
  void sample_hours_keepsTenMinutes() {
    for (int i = 0; i < 1000; i++) {
      sample();
    }
    assertThat(history.get().series().values()).allMatch(points -> points.size() == 120);
  }
}
