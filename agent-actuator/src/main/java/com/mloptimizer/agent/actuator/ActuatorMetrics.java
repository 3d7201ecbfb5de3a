package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.guardrail.GuardrailRule;
import com.mloptimizer.agent.actuator.handler.Handlers;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** What the actuator counts; every label has few values. */
final class ActuatorMetrics {
  private final Counter actions;
  private final Histogram durations;
  private final Counter rejections;
  private final Counter guardrailRefusals;
  private final Counter evictionsBlocked;
  private final Gauge paused;
  private final Gauge queueDepth;
  private final Gauge running;
  private final Gauge owed;

  ActuatorMetrics(CollectorRegistry registry) {
    actions =
        Counter.build("agent_actions_total", "Actions that ended, by type and outcome.")
            .labelNames("type", "outcome")
            .register(registry);
    durations =
        Histogram.build(
                "agent_action_duration_seconds", "From the start of an action to its end, by type.")
            .labelNames("type")
            .buckets(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900)
            .register(registry);
    rejections =
        Counter.build(
                "agent_action_rejections_total", "Envelopes that were not accepted, by reason.")
            .labelNames("reason")
            .register(registry);
    guardrailRefusals =
        Counter.build(
                "agent_guardrail_refusals_total",
                "Actions that a guardrail let not begin, by rule.")
            .labelNames("rule")
            .register(registry);
    evictionsBlocked =
        Counter.build(
                "agent_evictions_blocked_total",
                "Pods that a disruption budget kept until an action's deadline.")
            .register(registry);
    paused =
        Gauge.build("agent_paused", "1 while the kill switch lets no action begin.")
            .register(registry);
    // A counter that begins at one is nothing that increase() sees: alerts need the zero before it.
    for (ActionType type : Handlers.SUPPORTED) {
      for (Outcome outcome : Outcome.values()) {
        actions.labels(type.wireName(), outcome.wireName());
      }
    }
    for (RejectionReason reason : RejectionReason.values()) {
      rejections.labels(reason.wireName());
    }
    for (GuardrailRule rule : GuardrailRule.values()) {
      guardrailRefusals.labels(rule.label());
    }
    queueDepth =
        Gauge.build("agent_action_queue_depth", "Actions that wait for their turn.")
            .register(registry);
    running =
        Gauge.build("agent_actions_running", "Actions that are carried out now.")
            .register(registry);
    owed =
        Gauge.build(
                "agent_results_unacknowledged",
                "Results in the journal that the backend has not acknowledged.")
            .register(registry);
  }

  void ended(Action action, ActionResult result) {
    String type = action.type().wireName();
    actions.labels(type, result.outcome().wireName()).inc();
    Duration duration = Duration.between(result.startedAt(), result.finishedAt());
    durations.labels(type).observe(duration.toMillis() / 1000.0);
    evictionsBlocked.inc((double) blockedPods(result));
  }

  /** A drain names its pods, the eviction of one pod is about that one. */
  private static long blockedPods(ActionResult result) {
    if (result.details().path("pods").isArray()) {
      return result
          .details()
          .path("pods")
          .valueStream()
          .filter(pod -> pod.path("outcome").asString("").equals(Outcome.BLOCKED.wireName()))
          .count();
    }
    return result.outcome() == Outcome.BLOCKED ? 1 : 0;
  }

  void refused(GuardrailRule rule) {
    guardrailRefusals.labels(rule.label()).inc();
  }

  /** Shows whether the kill switch is on. */
  void paused(BooleanSupplier paused) {
    this.paused.setChild(
        new Gauge.Child() {
          @Override
          public double get() {
            return paused.getAsBoolean() ? 1 : 0;
          }
        });
  }

  void rejected(RejectionReason reason) {
    rejections.labels(reason.wireName()).inc();
  }

  void waiting(int count) {
    queueDepth.set(count);
  }

  void running(int delta) {
    running.inc(delta);
  }

  void owed(int count) {
    owed.set(count);
  }
}
