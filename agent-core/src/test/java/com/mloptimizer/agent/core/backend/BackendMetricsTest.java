package com.mloptimizer.agent.core.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import org.junit.jupiter.api.Test;

class BackendMetricsTest {
  private final CollectorRegistry registry = new CollectorRegistry();
  private final BackendMetrics metrics = new BackendMetrics(registry);

  @Test
  void answered_eachOutcome_hasALabelOfItsOwn() {
    metrics.answered(Call.HEARTBEAT, new BackendAnswer.Done<>(""), 0.2);
    metrics.answered(Call.HEARTBEAT, new BackendAnswer.Unauthorized<>(401), 0.2);
    metrics.answered(Call.HEARTBEAT, new BackendAnswer.RetryLater<>("503", null), 0.2);
    metrics.answered(Call.HEARTBEAT, new BackendAnswer.TooLarge<>(), 0.2);
    metrics.answered(Call.HEARTBEAT, new BackendAnswer.Refused<>(400, ""), 0.2);
    metrics.notSent(Call.HEARTBEAT);

    for (String outcome :
        new String[] {"done", "unauthorized", "retry_later", "too_large", "refused", "not_sent"}) {
      assertThat(value("agent_backend_requests_total", "call", "heartbeat", "outcome", outcome))
          .as(outcome)
          .isEqualTo(1.0);
    }
    assertThat(value("agent_backend_request_duration_seconds_sum", "call", "heartbeat"))
        .as("of what was sent")
        .isEqualTo(1.0);
  }

  @Test
  void circuit_opens_isSeen() {
    assertThat(value("agent_backend_circuit_open")).isEqualTo(0.0);
    metrics.circuitOpened();
    assertThat(value("agent_backend_circuit_open")).isEqualTo(1.0);
    assertThat(value("agent_backend_circuit_opened_total")).isEqualTo(1.0);
    metrics.circuitClosed();
    assertThat(value("agent_backend_circuit_open")).isEqualTo(0.0);
    assertThat(value("agent_backend_circuit_opened_total")).isEqualTo(1.0);
    metrics.retried("metrics");
    assertThat(value("agent_backend_retries_total", "call", "metrics")).isEqualTo(1.0);
  }

  private Double value(String name, String... labels) {
    String[] names = new String[labels.length / 2];
    String[] values = new String[labels.length / 2];
    for (int i = 0; i < names.length; i++) {
      names[i] = labels[2 * i];
      values[i] = labels[2 * i + 1];
    }
    return registry.getSampleValue(name, names, values);
  }
}
