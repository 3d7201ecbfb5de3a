package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;

/** {@code evict_pod} on a real API server; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(120)
class EvictionRealClusterIT {
  private Stage stage;

  @BeforeEach
  void start() throws Exception {
    stage = Stage.real();
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void case01_healthyPodWithoutBudget_onePostWithItsUidAndEndedWhenTheUidIsGone() throws Exception {
    stage.deployment("web", 1);
    JsonNode pod = stage.running("web").getFirst();
    stage.front.clear();
    ActionResult result = stage.carryOut("evict_pod", evict(pod, ""));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions()).hasSize(1);
    assertThat(
            stage.evictions().getFirst().json().at("/deleteOptions/preconditions/uid").asString(""))
        .isEqualTo(Stage.uid(pod));
    assertThat(uids()).doesNotContain(Stage.uid(pod));
  }

  @Test
  void case02_absentPod_isNoChangeWithoutAPost() throws Exception {
    ActionResult result =
        stage.carryOut("evict_pod", "{\"namespace\": \"NS\", \"pod_name\": \"nobody\"}");
    assertThat(result.outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.evictions()).isEmpty();
  }

  @Test
  void case03_otherUid_isStaleWithoutAPost() throws Exception {
    stage.deployment("web", 1);
    JsonNode pod = stage.running("web").getFirst();
    stage.front.clear();
    ActionResult result = stage.carryOut("evict_pod", evict(pod, ", \"pod_uid\": \"another\""));
    assertThat(result.outcome()).isEqualTo(Outcome.STALE_TARGET);
    assertThat(stage.evictions()).isEmpty();
    assertThat(uids()).contains(Stage.uid(pod));
  }

  @Test
  void case04_statefulSetPodThatComesBackUnderItsName_isDoneByUidAndEvictedOnce() throws Exception {
    stage.workload("StatefulSet", "db", 1, "", "");
    JsonNode pod = stage.running("db").getFirst();
    ActionResult result = stage.carryOut("evict_pod", evict(pod, ""));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions()).hasSize(1);
    stage.await("the replacement", () -> stage.running("db").size() == 1);
    JsonNode replacement = stage.running("db").getFirst();
    assertThat(Stage.name(replacement)).isEqualTo(Stage.name(pod));
    assertThat(Stage.uid(replacement)).isNotEqualTo(Stage.uid(pod));
  }

  @Test
  void case05_blockedThenRecreatedByOthers_theReplacementIsNeverEvicted() throws Exception {
    stage.workload("StatefulSet", "db", 1, "", "");
    stage.budget("db-budget", "db", 1);
    JsonNode pod = stage.running("db").getFirst();
    String id = stage.submit("evict_pod", evict(pod, ", \"timeout_seconds\": 60"));
    stage.await("a refusal", () -> !stage.evictions().isEmpty());
    stage.delete("Pod", Stage.name(pod));
    stage.await(
        "the replacement",
        () ->
            stage.running("db").stream()
                .anyMatch(other -> !Stage.uid(other).equals(Stage.uid(pod))));
    String replacement = Stage.uid(stage.running("db").getFirst());
    stage.delete("PodDisruptionBudget", "db-budget");
    ActionResult result = stage.result(id);

    assertThat(result.success()).as(result.message()).isTrue();
    assertThat(uids()).contains(replacement);
    assertThat(stage.evictions())
        .allMatch(call -> call.body().contains(Stage.uid(pod)))
        .noneMatch(call -> call.body().contains(replacement));
  }

  @Test
  void case06_budgetThatAllowsItLater_succeedsWithoutADelete() throws Exception {
    stage.deployment("web", 1);
    stage.budget("web-budget", "web", 1);
    JsonNode pod = stage.running("web").getFirst();
    String id = stage.submit("evict_pod", evict(pod, ", \"timeout_seconds\": 60"));
    stage.await("a refusal", () -> !stage.evictions().isEmpty());
    stage.patch(stage.path("Deployment").name("web"), "{\"spec\": {\"replicas\": 2}}");
    ActionResult result = stage.result(id);

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.front.calls()).noneMatch(call -> call.method().equals("DELETE"));
  }

  @Test
  void case07_budgetNeverAllowsIt_isBlockedAtTheDeadlineAndNamed() throws Exception {
    stage.deployment("web", 1);
    stage.budget("web-budget", "web", 1);
    JsonNode pod = stage.running("web").getFirst();
    ActionResult result = stage.carryOut("evict_pod", evict(pod, ", \"timeout_seconds\": 3"));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(result.message()).contains("web-budget");
    assertThat(result.details().path("disruption_budgets").toString()).contains("web-budget");
    assertThat(uids()).contains(Stage.uid(pod));
  }

  @Test
  void case08_twoBudgets_isBlockedAtOnceAndBothAreNamed() throws Exception {
    stage.deployment("web", 2);
    stage.budget("one", "web", 1);
    stage.budget("two", "web", 1);
    JsonNode pod = stage.running("web").getFirst();
    long start = System.nanoTime();
    ActionResult result = stage.carryOut("evict_pod", evict(pod, ", \"timeout_seconds\": 60"));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(result.message()).contains("one", "two");
    assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
  }

  @Test
  void case11_finalizerHoldsThePod_timesOutAndSaysSo() throws Exception {
    stage.deployment("web", 1);
    JsonNode pod = stage.running("web").getFirst();
    stage.patch(
        stage.path("Pod").name(Stage.name(pod)),
        "{\"metadata\": {\"finalizers\": [\"example.com/hold\"]}}");
    try {
      ActionResult result = stage.carryOut("evict_pod", evict(pod, ", \"timeout_seconds\": 4"));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(result.message()).contains("still there");
      assertThat(result.details().path("pod_uid").asString("")).isEqualTo(Stage.uid(pod));
      assertThat(stage.evictions()).hasSize(1);
    } finally {
      stage.patch(
          stage.path("Pod").name(Stage.name(pod)), "{\"metadata\": {\"finalizers\": null}}");
    }
  }

  @Test
  void evictPod_dryRun_plansAndNamesTheBudgetAndEvictsNothing() throws Exception {
    stage.deployment("web", 1);
    JsonNode pod = stage.running("web").getFirst();
    ActionResult free = stage.dryRun("evict_pod", evict(pod, ""));
    assertThat(free.outcome()).as(free.message()).isEqualTo(Outcome.PLANNED);
    stage.budget("web-budget", "web", 1);
    ActionResult held = stage.dryRun("evict_pod", evict(pod, ""));
    assertThat(held.outcome()).as(held.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(held.message()).contains("web-budget");
    assertThat(uids()).contains(Stage.uid(pod));
    assertThat(stage.evictions()).isEmpty();
  }

  private Set<String> uids() {
    return stage.pods().stream().map(Stage::uid).collect(Collectors.toSet());
  }

  private static String evict(JsonNode pod, String more) {
    return "{\"namespace\": \"NS\", \"pod_name\": \"%s\"%s}".formatted(Stage.name(pod), more);
  }
}
