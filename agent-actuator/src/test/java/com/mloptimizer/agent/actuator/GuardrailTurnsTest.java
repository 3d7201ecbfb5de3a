package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules that make an action wait for its turn: concurrent drains, evictions a minute. */
@Timeout(60)
class GuardrailTurnsTest extends GuardedAgent {
  @Test
  void drainNode_secondOneWhileOneRuns_waitsAndLetsOtherActionsPass() throws Exception {
    deployment("shop", "web", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    budget("web");
    RunningActuator running = agent();
    String drain = "{\"node_name\": \"%s\", \"timeout_seconds\": %d}";
    submit("first", "drain_node", drain.formatted(node(0), 4));
    cluster.await(() -> isUnschedulable(0), RunningActuator.SOON);
    submit("second", "drain_node", drain.formatted(node(1), 30));
    submit("impatient", "drain_node", drain.formatted(node(2), 1));

    ActionResult impatient = running.result("impatient");
    assertThat(impatient.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(impatient.message()).contains("guardrail max_concurrent_drains: 1");
    assertThat(isUnschedulable(1)).isFalse();

    ActionResult first = running.result("first");
    ActionResult second = running.result("second");
    assertThat(first.outcome()).as(first.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(second.outcome()).as(second.message()).isEqualTo(Outcome.CHANGED);
    assertThat(second.startedAt()).isAfterOrEqualTo(first.finishedAt().minusMillis(50));
  }

  @Test
  void drainNode_manyWaiting_holdUpNoOtherAction() throws Exception {
    deployment("shop", "web", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    budget("web");
    RunningActuator running = agent();
    submit(
        "first",
        "drain_node",
        "{\"node_name\": \"%s\", \"timeout_seconds\": 12}".formatted(node(0)));
    cluster.await(() -> isUnschedulable(0), RunningActuator.SOON);
    for (int i = 0; i < 72; i++) {
      submit(
          "waiting-" + i,
          "drain_node",
          "{\"node_name\": \"no-%d\", \"timeout_seconds\": 12}".formatted(i));
    }
    RunningActuator.await(
        "the drains to wait", () -> Optional.of(waiting(running)).filter(waiting -> waiting >= 67));
    running.carryOut("label", "label_node", labels(2));

    assertThat(backend.results()).as("the drains go on").hasSize(1);
  }

  @Test
  void cancel_drainWhoseTurnHasComeWhileAllPlacesAreTaken_endsAtOnce() throws Exception {
    deployment("shop", "web", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    budget("web");
    RunningActuator running = agent();
    String drain = "{\"node_name\": \"%s\", \"timeout_seconds\": %d}";
    submit("first", "drain_node", drain.formatted(node(0), 3));
    assertThat(cluster.await(() -> isUnschedulable(0), RunningActuator.SOON)).isTrue();
    submit("second", "drain_node", drain.formatted(node(1), 60));
    awaitWaiting("second");
    cluster
        .faults()
        .delay(
            request -> request.isWrite() && request.path().contains("/namespaces/ns-"),
            8,
            Duration.ofSeconds(10));
    for (int i = 0; i < 4; i++) {
      cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: ns-%d}}".formatted(i));
      submit(
          "label-" + i,
          "label_resource",
          "{\"kind\": \"Namespace\", \"name\": \"ns-%d\", \"labels\": {\"a\": \"b\"}}"
              .formatted(i));
    }
    assertThat(running.result("first").outcome()).isEqualTo(Outcome.BLOCKED);
    RunningActuator.await("the fourth label", () -> phase("label-3").filter("Running"::equals));
    long cancelledAt = System.nanoTime();
    submit("cancel", "cancel_action", "{\"action_id\": \"second\"}");

    assertThat(running.result("second").outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(Duration.ofNanos(System.nanoTime() - cancelledAt)).isLessThan(Duration.ofSeconds(3));
    assertThat(isUnschedulable(1)).isFalse();
  }

  private Optional<String> phase(String id) {
    return cluster
        .get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", id)
        .map(object -> object.at("/status/phase").asString(""));
  }

  /** How many have said that they are in line. */
  private static long waiting(RunningActuator running) {
    return running.frames.stream()
        .filter(frame -> frame.toString().contains("waiting for its turn"))
        .count();
  }

  /** Until it says that it is in line. */
  private void awaitWaiting(String id) throws Exception {
    RunningActuator running = agent();
    RunningActuator.await(
        id + " to wait",
        () ->
            running.frames.stream()
                .filter(frame -> frame.toString().contains("waiting for its turn"))
                .filter(frame -> frame.toString().contains(id))
                .findFirst());
  }

  @Test
  void drainNode_moreEvictionsThanAMinuteAllows_timesOutAndNamesTheRule() throws Exception {
    evictions = 2;
    deployment("shop", "web", 4, "{kubernetes.io/hostname: " + node(0) + "}");
    ActionResult result =
        carryOut(
            "drain_node", "{\"node_name\": \"%s\", \"timeout_seconds\": 3}".formatted(node(0)));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.message())
        .contains("guardrail max_evictions_per_minute: the turn of 2 was after the deadline");
    assertThat(writesTo("/eviction")).hasSize(2);
    String pod = pods("shop").getFirst().path("metadata").path("name").stringValue();
    ActionResult evicted =
        carryOut(
            "evict_pod",
            "{\"namespace\":\"shop\",\"pod_name\":\"" + pod + "\",\"timeout_seconds\":1}");
    assertThat(evicted.outcome()).as(evicted.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(evicted.message()).contains("guardrail max_evictions_per_minute");
    assertThat(writesTo("/eviction")).hasSize(2);
  }

  @Test
  void evictPod_blockedByABudget_spendsNoneOfTheMinute() throws Exception {
    evictions = 1;
    deployment("shop", "web", 1, "{}");
    budget("web");
    String pod = pods("shop").getFirst().path("metadata").path("name").stringValue();
    String parameters =
        "{\"namespace\":\"shop\",\"pod_name\":\"" + pod + "\",\"timeout_seconds\":%d}";
    assertThat(carryOut("evict_pod", parameters.formatted(1)).outcome()).isEqualTo(Outcome.BLOCKED);
    cluster.delete("policy/v1", "PodDisruptionBudget", "shop", "web");
    ActionResult evicted = carryOut("evict_pod", parameters.formatted(5));
    assertThat(evicted.outcome()).as(evicted.message()).isEqualTo(Outcome.CHANGED);
  }
}
