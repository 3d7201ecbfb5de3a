package com.mloptimizer.agent.core.backend;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;

/**
 * What is counted about the backend. The exposition:
 *
 * <pre>
 * agent_backend_requests_total{call="heartbeat",outcome="done"} 7.0
 * agent_backend_request_duration_seconds_bucket{call="heartbeat",le="0.1"} 7.0
 * agent_backend_retries_total{call="metrics"} 2.0
 * agent_backend_circuit_open 0.0
 * agent_backend_circuit_opened_total 1.0
 * </pre>
 *
 * <p>{@code outcome} is one of {@code done}, {@code unauthorized}, {@code retry_later}, {@code
 * too_large}, {@code refused}, and {@code not_sent} while the circuit is open. It opens for
 * seconds, which falls between two scrapes, so its openings are counted too.
 */
public final class BackendMetrics {
  private final Counter requests;
  private final Histogram duration;
  private final Counter retries;
  private final Gauge circuitOpen;
  private final Counter circuitOpened;

  /** Registers the metrics; once for each registry. */
  public BackendMetrics(CollectorRegistry registry) {
    requests =
        Counter.build("agent_backend_requests", "Attempted calls to the backend")
            .labelNames("call", "outcome")
            .register(registry);
    duration =
        Histogram.build("agent_backend_request_duration_seconds", "Duration of calls")
            .labelNames("call")
            .buckets(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
            .register(registry);
    retries =
        Counter.build("agent_backend_retries", "Calls that were made again")
            .labelNames("call")
            .register(registry);
    // The first one must be seen as an increase.
    for (Call call : Call.values()) {
      retries.labels(call.toString());
    }
    circuitOpen =
        Gauge.build("agent_backend_circuit_open", "1 while calls fail without being made")
            .register(registry);
    circuitOpened =
        Counter.build("agent_backend_circuit_opened", "Times that the circuit opened")
            .register(registry);
  }

  /** Metrics that nobody scrapes, for a command that makes a few calls and ends. */
  public static BackendMetrics unscraped() {
    return new BackendMetrics(new CollectorRegistry());
  }

  void answered(Call call, BackendAnswer<?> answer, double seconds) {
    requests.labels(call.toString(), outcome(answer)).inc();
    duration.labels(call.toString()).observe(seconds);
  }

  void notSent(Call call) {
    requests.labels(call.toString(), "not_sent").inc();
  }

  void retried(String call) {
    retries.labels(call).inc();
  }

  void circuitOpened() {
    circuitOpen.set(1);
    circuitOpened.inc();
  }

  void circuitClosed() {
    circuitOpen.set(0);
  }

  private static String outcome(BackendAnswer<?> answer) {
    return switch (answer) {
      case BackendAnswer.Done<?> _ -> "done";
      case BackendAnswer.Unauthorized<?> _ -> "unauthorized";
      case BackendAnswer.RetryLater<?> _ -> "retry_later";
      case BackendAnswer.TooLarge<?> _ -> "too_large";
      case BackendAnswer.Refused<?> _ -> "refused";
    };
  }
}
