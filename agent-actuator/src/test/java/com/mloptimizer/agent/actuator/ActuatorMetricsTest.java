package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParameters.CordonNode;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ActuatorMetricsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Pattern CREATED = Pattern.compile("(?m)^.*_created.*\\n");
  private static final Pattern AT_ZERO =
      Pattern.compile("(?m)^agent_(action|guardrail).*_total\\{.* 0\\.0\\n");

  private final CollectorRegistry registry = new CollectorRegistry();
  private final ActuatorMetrics metrics = new ActuatorMetrics(registry);

  @Test
  void exposition_afterSomeOfEach_isThis() throws Exception {
    metrics.ended(
        action(),
        result(
            Outcome.BLOCKED,
            """
            {"pods": [{"pod": "a/b", "outcome": "blocked"}, {"pod": "a/c", "outcome": "blocked"},
                      {"pod": "a/d", "outcome": "changed"}]}
            """));
    metrics.ended(action(), result(Outcome.BLOCKED, "{\"disruption_budgets\": [\"b\"]}"));
    metrics.rejected(RejectionReason.CAPACITY);
    metrics.waiting(3);
    metrics.running(1);
    metrics.owed(7);

    assertThat(exposition())
        .isEqualTo(
            """
            # HELP agent_action_duration_seconds From the start of an action to its end, by type.
            # TYPE agent_action_duration_seconds histogram
            agent_action_duration_seconds_bucket{type="cordon_node",le="0.01",} 0.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="0.05",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="0.1",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="0.5",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="1.0",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="5.0",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="15.0",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="60.0",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="300.0",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="900.0",} 2.0
            agent_action_duration_seconds_bucket{type="cordon_node",le="+Inf",} 2.0
            agent_action_duration_seconds_count{type="cordon_node",} 2.0
            agent_action_duration_seconds_sum{type="cordon_node",} 0.04
            # HELP agent_action_queue_depth Actions that wait for their turn.
            # TYPE agent_action_queue_depth gauge
            agent_action_queue_depth 3.0
            # HELP agent_action_rejections_total Envelopes that were not accepted, by reason.
            # TYPE agent_action_rejections_total counter
            agent_action_rejections_total{reason="capacity",} 1.0
            # HELP agent_actions_total Actions that ended, by type and outcome.
            # TYPE agent_actions_total counter
            agent_actions_total{type="cordon_node",outcome="blocked",} 2.0
            # HELP agent_actions_running Actions that are carried out now.
            # TYPE agent_actions_running gauge
            agent_actions_running 1.0
            # HELP agent_evictions_blocked_total Pods that a disruption budget kept until an action's deadline.
            # TYPE agent_evictions_blocked_total counter
            agent_evictions_blocked_total 3.0
            # HELP agent_guardrail_refusals_total Actions that a guardrail let not begin, by rule.
            # TYPE agent_guardrail_refusals_total counter
            # HELP agent_paused 1 while the kill switch lets no action begin.
            # TYPE agent_paused gauge
            agent_paused 0.0
            # HELP agent_results_unacknowledged Results in the journal that the backend has not acknowledged.
            # TYPE agent_results_unacknowledged gauge
            agent_results_unacknowledged 7.0
            """);
  }

  /**
   * In the order of names. When a series was created is of no interest; that every type, outcome
   * and reason begins at zero is another test's.
   */
  private String exposition() throws IOException {
    StringWriter out = new StringWriter();
    List<MetricFamilySamples> families =
        Collections.list(registry.metricFamilySamples()).stream()
            .sorted(Comparator.comparing(family -> family.name))
            .toList();
    TextFormat.write004(out, Collections.enumeration(families));
    return AT_ZERO.matcher(CREATED.matcher(out.toString()).replaceAll("")).replaceAll("");
  }

  @Test
  void exposition_atFirst_hasEveryOutcomeAndReasonAtZero() {
    assertThat(
            registry.getSampleValue(
                "agent_actions_total",
                new String[] {"type", "outcome"},
                new String[] {"drain_node", "cancelled"}))
        .isZero();
    for (RejectionReason reason : RejectionReason.values()) {
      assertThat(rejections(reason)).isZero();
    }
  }

  private Double rejections(RejectionReason reason) {
    return registry.getSampleValue(
        "agent_action_rejections_total", new String[] {"reason"}, new String[] {reason.wireName()});
  }

  private static Action action() {
    return new Action(
        new ActionId("act-1"),
        "test",
        new CordonNode("node-1", null),
        START,
        START.plusSeconds(60),
        false);
  }

  private static ActionResult result(Outcome outcome, String details) {
    JsonNode json = new JsonMapper().readTree(details);
    return new ActionResult(
        outcome.isSuccess(), outcome, null, "", false, START, START.plusMillis(20), 1, json);
  }
}
