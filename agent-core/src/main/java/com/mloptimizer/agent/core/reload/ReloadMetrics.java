package com.mloptimizer.agent.core.reload;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import java.util.List;

/**
 * What is counted about files that are read again. The exposition:
 *
 * <pre>
 * agent_reload_failures_total{source="signing_keys"} 2.0
 * </pre>
 *
 * <p>{@code source} is one of {@code signing_keys}, {@code tls_files} and {@code api_key}; as long
 * as the counter rises, what was read before is in force.
 */
public final class ReloadMetrics {
  private static final List<String> SOURCES = List.of("signing_keys", "tls_files", "api_key");

  private final Counter failures;

  /** Registers the metric; once for each registry. */
  public ReloadMetrics(CollectorRegistry registry) {
    failures =
        Counter.build(
                "agent_reload_failures", "Files that could not be read again, so the old ones stay")
            .labelNames("source")
            .register(registry);
    // The first failure must be seen as a rise.
    SOURCES.forEach(failures::labels);
  }

  /** Metrics that nobody scrapes, for a command that reads once and ends. */
  public static ReloadMetrics unscraped() {
    return new ReloadMetrics(new CollectorRegistry());
  }

  void failed(String source) {
    failures.labels(source).inc();
  }
}
