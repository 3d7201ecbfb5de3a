package com.mloptimizer.agent.core.kubernetes;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * What is counted about the API server. The exposition:
 *
 * <pre>
 * agent_kubernetes_requests_total{verb="list",resource="pods",code="200"} 3.0
 * agent_kubernetes_requests_total{verb="create",resource="pods/eviction",code="429"} 1.0
 * agent_kubernetes_request_duration_seconds_bucket{verb="list",le="0.1"} 3.0
 * </pre>
 *
 * <p>{@code code} is the status, or {@code error} if there was no answer; {@code resource} is
 * {@code none} for what is no resource, {@code /version} for one. The time is that to the answer's
 * head: what a list or a watch delivers afterwards is not in it.
 */
public final class KubernetesMetrics {
  private final Counter requests;
  private final Histogram duration;

  /** Registers the metrics; once for each registry. */
  public KubernetesMetrics(CollectorRegistry registry) {
    requests =
        Counter.build("agent_kubernetes_requests", "Requests to the API server")
            .labelNames("verb", "resource", "code")
            .register(registry);
    duration =
        Histogram.build(
                "agent_kubernetes_request_duration_seconds",
                "Time until the API server began to answer")
            .labelNames("verb")
            .buckets(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
            .register(registry);
  }

  /** Metrics that nobody scrapes. */
  public static KubernetesMetrics unscraped() {
    return new KubernetesMetrics(new CollectorRegistry());
  }

  /** Counts what passes it. */
  Interceptor interceptor() {
    return chain -> {
      @Nullable ApiRequest request = chain.request().tag(ApiRequest.class);
      long start = System.nanoTime();
      try {
        Response response = chain.proceed(chain.request());
        ended(request, Integer.toString(response.code()), start);
        return response;
      } catch (IOException e) {
        ended(request, "error", start);
        throw e;
      }
    };
  }

  private void ended(@Nullable ApiRequest request, String code, long startNanos) {
    if (request == null) {
      return; // Not ours: a plugin's, for example, that fetches a token.
    }
    String kind = request.path().kind();
    requests.labels(request.verb(), kind.isEmpty() ? "none" : kind, code).inc();
    duration.labels(request.verb()).observe((System.nanoTime() - startNanos) / 1e9);
  }
}
