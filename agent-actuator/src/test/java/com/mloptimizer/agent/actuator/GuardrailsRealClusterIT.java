package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.config.NodeLimit;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The guardrails on a real API server; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(180)
class GuardrailsRealClusterIT {
  private Stage stage;

  @BeforeEach
  void start() throws Exception {
    stage = Stage.real();
    for (int i = 0; i < 3; i++) {
      stage.uncordon(stage.node(i));
    }
  }

  @AfterEach
  void stop() {
    for (int i = 0; i < 3; i++) {
      stage.uncordon(stage.node(i));
    }
    stage.close();
  }

  private static GuardrailConfiguration guardrails(
      String selector, int evictionsPerMinute, @Nullable NodeLimit unavailable) {
    return new GuardrailConfiguration(
        Set.of(ActionType.values()),
        Set.of("kube-system"),
        selector.isEmpty() ? LabelSelector.nothing() : LabelSelector.parse(selector),
        1,
        evictionsPerMinute,
        unavailable,
        null,
        List.of());
  }

  private static String drain(String node, int timeoutSeconds) {
    return "{\"node_name\": \"%s\", \"timeout_seconds\": %d}".formatted(node, timeoutSeconds);
  }

  @Test
  void drain_podThatTheSelectorProtects_isRefusedAndNothingIsEvicted() throws Exception {
    String node = stage.cleanNode(0);
    stage.workload("Deployment", "web", 2, node, "");
    stage.workload("Deployment", "db", 1, node, "");
    stage.restartAgent(null, guardrails("app in (db)", 100, null));

    ActionResult result = stage.carryOut("drain_node", drain(node, 60));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(result.message())
        .contains("guardrail protected_selector")
        .contains(Stage.name(stage.running("db").getFirst()))
        .doesNotContain("/web-");
    assertThat(stage.evictions()).isEmpty();
    assertThat(stage.isCordoned(node)).isFalse();
    assertThat(stage.running("web")).hasSize(2);
  }

  @Test
  void cordons_beyondTheCeiling_areRefusedWhicheverComesFirst() throws Exception {
    stage.restartAgent(null, guardrails("", 100, new NodeLimit.Percentage(34)));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ids.add(stage.submit("cordon_node", "{\"node_name\": \"%s\"}".formatted(stage.node(i))));
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (String id : ids) {
      outcomes.add(stage.result(id).outcome());
    }
    assertThat(outcomes)
        .containsExactlyInAnyOrder(Outcome.CHANGED, Outcome.REFUSED, Outcome.REFUSED);
    assertThat(Stream.of(0, 1, 2).filter(i -> stage.isCordoned(stage.node(i)))).hasSize(1);
  }

  @Test
  void drainAndEviction_withinOneMinute_shareItsEvictions() throws Exception {
    String node = stage.cleanNode(1);
    stage.workload("Deployment", "web", 4, node, "");
    stage.restartAgent(null, guardrails("", 3, null));

    ActionResult drained = stage.carryOut("drain_node", drain(node, 8));

    assertThat(drained.outcome()).as(drained.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(drained.message()).contains("guardrail max_evictions_per_minute");
    assertThat(stage.evictions()).hasSize(3);
    assertThat(stage.isCordoned(node)).as("its own cordon is undone").isFalse();
    ActionResult evicted =
        stage.carryOut(
            "evict_pod",
            "{\"namespace\": \"NS\", \"pod_name\": \"%s\", \"timeout_seconds\": 2}"
                .formatted(Stage.name(stage.running("web").getFirst())));
    assertThat(evicted.outcome()).as(evicted.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(stage.evictions()).hasSize(3);
  }

  @Test
  void killSwitch_onTheAgentsDeployment_stopsNewActionsWithinFiveSeconds() throws Exception {
    stage.deployment("agent", 1);
    stage.restartAgent(
        Stage.name(stage.running("agent").getFirst()), GuardrailConfiguration.standard());
    String label = "{\"node_name\": \"%s\", \"labels\": {\"it\": \"x\"}}".formatted(stage.node(2));
    assertThat(stage.carryOut("label_node", label).outcome()).isNotEqualTo(Outcome.REFUSED);

    stage.patch(
        stage.path("Deployment").name("agent"),
        "{\"metadata\": {\"annotations\": {\"agent.mloptimizer.com/paused\": \"true\"}}}");
    long pausedAt = System.nanoTime();
    ActionResult result = stage.carryOut("label_node", label);
    while (result.outcome() != Outcome.REFUSED) {
      assertThat(Duration.ofNanos(System.nanoTime() - pausedAt)).isLessThan(Duration.ofSeconds(5));
      result = stage.carryOut("label_node", label);
    }
    assertThat(result.message()).startsWith("guardrail paused: ");
  }
}
