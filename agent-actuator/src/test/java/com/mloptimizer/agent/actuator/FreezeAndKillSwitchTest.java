package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.NodeLimit;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What keeps every action from beginning for a while: freeze schedules and the kill switch. */
@Timeout(60)
class FreezeAndKillSwitchTest extends GuardedAgent {
  @Test
  void cordonNode_duringAFreeze_isRefusedAndNamesTheSchedule() throws Exception {
    freezes = List.of(ALWAYS);
    ActionResult result = carryOut("cordon_node", nodeName(0));
    assertRefused(result, "freeze_schedules");
    assertThat(result.message()).contains("year-end until 20");
  }

  @Test
  void cordonNode_dryRunDuringAFreezeBeyondTheCeiling_isPlannedAndNamesBoth() throws Exception {
    freezes = List.of(ALWAYS);
    nodes = new NodeLimit.Count(0);
    dryRun = true;
    ActionResult result = carryOut("cordon_node", nodeName(0));
    assertThat(result.outcome()).isEqualTo(Outcome.PLANNED);
    assertThat(result.message()).contains("; not now: guardrail freeze_schedules: year-end until");
    assertThat(
            result.details().path("guardrails").valueStream().map(g -> g.path("rule").asString()))
        .containsExactly("freeze_schedules", "max_unavailable_nodes");
    assertThat(isUnschedulable(0)).isFalse();
  }

  @Test
  void run_actionThatHadBegunBeforeTheFreeze_isFinishedAndOneThatHadNotIsRefused()
      throws Exception {
    freezes = List.of(ALWAYS);
    journal("begun", "cordon_node", nodeName(0), "{\"phase\": \"Running\", \"attempts\": 1}");
    journal("waiting", "cordon_node", nodeName(1), "{\"phase\": \"Accepted\"}");
    assertThat(agent().result("begun").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(agent().result("waiting").reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
  }

  @Test
  void killSwitch_annotatedAndNotAnyMore_stopsWithinFiveSecondsAndLetsGo() throws Exception {
    podName = agentPod();
    assertThat(carryOut("label_node", labels(0)).outcome()).isNotEqualTo(Outcome.REFUSED);

    annotate("true");
    long pausedAt = System.nanoTime();
    ActionResult result = carryOut("label_node", labels(0));
    while (result.outcome() != Outcome.REFUSED) {
      assertThat(Duration.ofNanos(System.nanoTime() - pausedAt)).isLessThan(Duration.ofSeconds(5));
      result = carryOut("label_node", labels(0));
    }
    assertThat(result.message()).startsWith("guardrail paused: annotation agent.mloptimizer.com/p");
    cluster.deny("get", "apps", "deployments");
    cluster.clearRequests();
    assertThat(cluster.await(() -> looks() > 1, RunningActuator.SOON)).isTrue();
    assertThat(carryOut("label_node", labels(0)).outcome())
        .as("who takes away the permission does not release the switch")
        .isEqualTo(Outcome.REFUSED);
    cluster.allowAll();

    annotate("false");
    long releasedAt = System.nanoTime();
    while (carryOut("label_node", labels(0)).outcome() == Outcome.REFUSED) {
      assertThat(Duration.ofNanos(System.nanoTime() - releasedAt))
          .isLessThan(Duration.ofSeconds(5));
    }
  }

  private long looks() {
    return requests("/deployments/agent");
  }

  private long requests(String pathEnd) {
    return cluster.requests().stream().filter(request -> request.path().endsWith(pathEnd)).count();
  }

  @Test
  void killSwitch_annotatedWhileTheGuardrailsReadTheCluster_letsNothingBegin() throws Exception {
    podName = agentPod();
    selector = LabelSelector.parse("tier=critical");
    assertThat(carryOut("label_node", labels(1)).outcome()).isEqualTo(Outcome.CHANGED);
    cluster
        .faults()
        .delay(request -> request.path().endsWith("/nodes/" + node(0)), 1, Duration.ofSeconds(5));
    submit("slow", "label_node", labels(0));
    annotate("true");
    ActionResult result = agent().result("slow");
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
    assertThat(result.message()).startsWith("guardrail paused");
  }

  @Test
  void killSwitch_annotatedWhileTheJournalCannotBeWritten_letsNothingBegin() throws Exception {
    podName = agentPod();
    cluster.faults().fail(request -> request.path().endsWith("/slow/status"), 1000);
    submit("slow", "cordon_node", nodeName(0));
    assertThat(cluster.await(() -> requests("/slow/status") > 0, RunningActuator.SOON)).isTrue();
    annotate("true");
    long before = looks();
    assertThat(cluster.await(() -> looks() > before + 1, RunningActuator.SOON)).isTrue();
    cluster.faults().clear();
    assertRefused(agent().result("slow"), "paused");
    assertThat(isUnschedulable(0)).isFalse();
  }

  @Test
  void killSwitch_mayNotBeReadFromTheStart_stopsNothing() throws Exception {
    podName = agentPod();
    cluster.deny("get", "apps", "replicasets");
    assertThat(carryOut("cordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void killSwitch_cannotBeReadNow_letsNothingBegin() throws Exception {
    podName = agentPod();
    cluster.faults().fail(request -> request.path().endsWith("/deployments/agent"), 1000);
    submit("act-1", "label_node", labels(0));
    assertThat(cluster.await(() -> looks() > 1, RunningActuator.SOON)).isTrue();
    assertThat(backend.results()).isEmpty();
    assertThat(writesTo("/nodes/")).isEmpty();
    cluster.faults().clear();
    assertThat(agent().result("act-1").outcome()).isEqualTo(Outcome.CHANGED);
  }
}
