package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;

/** What the actuator counts; every label has few values. */
final class ActuatorMetrics {
  private final Counter actions;
  private final Histogram durations;
  private final Counter rejections;
  private final Counter evictionsBlocked;
  private final Gauge queueDepth;

  ActuatorMetrics(CollectorRegistry registry) {
    actions =
        Counter.build("agent_actions_total", "Actions that ended, by type and outcome.")
            .labelNames("type", "outcome")
            .register(registry);
    durations =
        Histogram.build("agent_action_duration_seconds", "From start to end of an action.")
            .labelNames("type")
            .buckets(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900)
            .register(registry);
    rejections =
        Counter.build("agent_action_rejections_total", "Envelopes that were not accepted.")
            .labelNames("reason")
            .register(registry);
    evictionsBlocked =
        Counter.build(
                "agent_evictions_blocked_total",
                "Actions that a disruption budget did not allow until their deadline.")
            .register(registry);
    queueDepth =
        Gauge.build("agent_action_queue_depth", "Actions that wait for their turn.")
            .register(registry);
  }

  void ended(Action action, ActionResult result) {
    String type = action.type().wireName();
    actions.labels(type, result.outcome().wireName()).inc();
    Duration duration = Duration.between(result.startedAt(), result.finishedAt());
    durations.labels(type).observe(duration.toMillis() / 1000.0);
    if (result.outcome() == Outcome.BLOCKED) {
      evictionsBlocked.inc();
    }
  }

  void rejected(RejectionReason reason) {
    rejections.labels(reason.wireName()).inc();
  }

  void waiting(int delta) {
    queueDepth.inc(delta);
  }
}
