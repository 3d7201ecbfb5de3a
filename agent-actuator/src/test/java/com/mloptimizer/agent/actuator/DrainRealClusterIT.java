package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code drain_node} on a real API server; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(150)
class DrainRealClusterIT {
  private Stage stage;
  private String node;

  @BeforeEach
  void start() throws Exception {
    stage = Stage.real();
    node = stage.cleanNode(0);
  }

  @AfterEach
  void stop() {
    stage.uncordon(node);
    stage.close();
  }

  @Test
  void case12_mixedNode_evictsWhatItMayInOrderAndReportsEveryPod() throws Exception {
    stage.workload("Deployment", "web", 2, "", stage.at(node));
    stage.workload("StatefulSet", "db", 1, "", stage.at(node));
    stage.workload("DaemonSet", "logs", 1, "", "");
    stage.workload(
        "Deployment",
        "critical",
        1,
        "",
        stage.at(node) + "\"priorityClassName\": \"system-cluster-critical\",");
    stage.barePod("done", node, "");
    finish("done");
    mirrorPod("static");
    List<String> ordinary = uids("web", "db");
    String critical = uids("critical").getFirst();
    stage.front.clear();
    ActionResult result = drain("");

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    Map<String, String> outcomes = outcomes(result);
    assertThat(outcomes)
        .containsEntry("done", "changed")
        .containsEntry("static", "skipped")
        .containsEntry("db-0", "changed");
    assertThat(outcomes.entrySet().stream().filter(e -> e.getKey().startsWith("logs-")))
        .isNotEmpty()
        .allMatch(entry -> entry.getValue().equals("skipped"));
    List<String> asked =
        stage.evictions().stream()
            .map(call -> call.json().at("/deleteOptions/preconditions/uid").asString(""))
            .toList();
    assertThat(asked).doesNotHaveDuplicates().containsAll(ordinary);
    assertThat(asked.getLast()).as("what the system needs goes last").isEqualTo(critical);
    assertThat(stage.isCordoned(node)).isTrue();
    stage.send(ApiRequest.delete(stage.path("Pod").name("static")));
  }

  @Test
  void case13_emptyDirOrBarePod_isRefusedBeforeAnyEvictionAndOurCordonUndone() throws Exception {
    stage.workload("Deployment", "web", 1, "", stage.at(node));
    stage.barePod("bare", node, "");
    stage.workload(
        "Deployment",
        "scratch",
        1,
        "",
        stage.at(node) + "\"volumes\": [{\"name\": \"tmp\", \"emptyDir\": {}}],");
    stage.front.clear();
    ActionResult result = drain("");

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.UNSAFE);
    assertThat(result.message()).contains("/bare", "/scratch-", "tmp");
    assertThat(stage.evictions()).isEmpty();
    assertThat(stage.isCordoned(node)).isFalse();
    assertThat(stage.get("Node", node).toString()).doesNotContain("cordoned-by");

    ActionResult forced = drain(", \"force\": true, \"delete_emptydir_data\": true");
    assertThat(forced.outcome()).as(forced.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.find("Pod", "bare")).isEmpty();
  }

  @Test
  void case14_podWhoseDaemonSetIsGone_needsForce() throws Exception {
    stage.workload("DaemonSet", "logs", 1, "", "");
    stage.await("logs on the node", () -> !stage.podsOn(node).isEmpty());
    String orphan = Stage.name(stage.podsOn(node).getFirst());
    stage.send(
        ApiRequest.delete(
            stage.path("DaemonSet").name("logs"),
            new JsonMapper().createObjectNode().put("propagationPolicy", "Orphan")));
    stage.await("the DaemonSet to go", () -> stage.find("DaemonSet", "logs").isEmpty());
    ActionResult refused = drain("");
    assertThat(refused.outcome()).as(refused.message()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.message()).contains(orphan);
    assertThat(stage.find("Pod", orphan)).isPresent();

    ActionResult forced = drain(", \"force\": true");
    assertThat(forced.outcome()).as(forced.message()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.find("Pod", orphan)).isEmpty();
  }

  @Test
  void case15_threeReplicasOnTheNodeAndOneMayGo_areEvictedOneAfterTheOther() throws Exception {
    stage.workload("Deployment", "web", 3, "", stage.at(node));
    assertThat(stage.podsOn(node)).as("all on one node").hasSize(3);
    stage.openOtherNodes();
    stage.budget("web-budget", "web", 2);
    String id = stage.submit("drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    TreeSet<Integer> seen = new TreeSet<>();
    stage.await(
        "the node to be empty",
        () -> {
          seen.add(stage.running("web").size());
          return stage.podsOn(node).isEmpty();
        });
    ActionResult result = stage.result(id);
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(seen.first()).as("never fewer than the budget allows").isGreaterThanOrEqualTo(2);
  }

  @Test
  void case16_timesOut_reportsEachPodAndUncordonsOnlyWhatItCordoned() throws Exception {
    stage.workload("Deployment", "held", 1, "", stage.at(node));
    stage.workload("Deployment", "free", 1, "", stage.at(node));
    stage.budget("held-budget", "held", 1);
    ActionResult result = drain(", \"timeout_seconds\": 5");
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(result.message()).contains("held-budget");
    assertThat(outcomes(result).values()).contains("changed", "blocked");
    assertThat(stage.isCordoned(node)).as("our cordon is undone").isFalse();

    ActionResult kept = drain(", \"timeout_seconds\": 3, \"uncordon_on_failure\": false");
    assertThat(kept.outcome()).as(kept.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(stage.isCordoned(node)).as("kept as asked").isTrue();

    ActionResult operators = drain(", \"timeout_seconds\": 3");
    assertThat(operators.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(stage.isCordoned(node)).as("a cordon that was there stays").isTrue();
  }

  @Test
  void drainNode_uncordonedAndCordonedAgainByAnOperator_leavesTheOperatorsCordon()
      throws Exception {
    stage.workload("Deployment", "held", 1, "", stage.at(node));
    stage.budget("held-budget", "held", 1);
    stage.openOtherNodes();
    stage.front.clear();
    String id =
        stage.submit(
            "drain_node", "{\"node_name\": \"%s\", \"timeout_seconds\": 8}".formatted(node));
    stage.await("the drain to wait for the budget", () -> !stage.evictions().isEmpty());
    Kubectl.run("uncordon", node);
    Kubectl.run("cordon", node);
    ActionResult result = stage.result(id);
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(stage.isCordoned(node)).isTrue();
    assertThat(result.details().path("uncordoned").asBoolean(true)).isFalse();
  }

  @Test
  void case17_safeToEvictFalse_isRefusedUnlessForced() throws Exception {
    stage.workload("Deployment", "web", 1, "", stage.at(node));
    JsonNode pod = stage.running("web").getFirst();
    stage.patch(
        stage.path("Pod").name(Stage.name(pod)),
        "{\"metadata\": {\"annotations\":"
            + " {\"cluster-autoscaler.kubernetes.io/safe-to-evict\": \"false\"}}}");
    ActionResult refused = drain("");
    assertThat(refused.outcome()).as(refused.message()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.message()).contains(Stage.name(pod), "safe-to-evict");
    ActionResult forced = drain(", \"force\": true");
    assertThat(forced.outcome()).as(forced.message()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void drainNode_restartedInTheMiddle_reportsTheWholeAndEvictsNoPodTwice() throws Exception {
    stage.workload("Deployment", "free", 3, "", stage.at(node));
    stage.workload("Deployment", "held", 1, "", stage.at(node));
    stage.budget("held-budget", "held", 1);
    stage.openOtherNodes();
    List<String> free = uids("free");
    stage.front.clear();
    String id =
        stage.submit(
            "drain_node", "{\"node_name\": \"%s\", \"timeout_seconds\": 90}".formatted(node));
    stage.await("all but the held pod to go", () -> stage.podsOn(node).size() == 1);
    stage.restartAgent();
    stage.delete("PodDisruptionBudget", "held-budget");
    ActionResult result = stage.result(id);

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(result.attempts()).isEqualTo(2);
    assertThat(result.details().path("pods").valueStream().map(pod -> pod.path("uid").asString("")))
        .as("what the first attempt evicted is in the report of the second")
        .containsAll(free);
    assertThat(result.message()).contains("4 pods evicted");
    assertThat(stage.isCordoned(node)).isTrue();
    for (String uid : free) {
      assertThat(stage.evictions().stream().filter(call -> call.body().contains(uid))).hasSize(1);
    }
  }

  @Test
  void drainNode_dryRun_namesThePodsThatKubectlNames() throws Exception {
    stage.workload("Deployment", "web", 2, "", stage.at(node));
    stage.workload("DaemonSet", "logs", 1, "", "");
    ActionResult plan = stage.dryRun("drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    assertThat(plan.outcome()).as(plan.message()).isEqualTo(Outcome.PLANNED);
    assertThat(stage.isCordoned(node)).isFalse();
    String kubectl =
        Kubectl.run("drain", node, "--ignore-daemonsets", "--force", "--dry-run=client");
    outcomes(plan)
        .forEach((pod, outcome) -> {
          boolean named = kubectl.contains("evicting pod " + stage.namespace + "/" + pod);
          assertThat(named).as(pod + " in " + kubectl).isEqualTo(outcome.equals("planned"));
        });
    assertThat(outcomes(plan).values().stream().filter("planned"::equals)).hasSize(2);
  }

  private ActionResult drain(String more) throws Exception {
    stage.openOtherNodes();
    return stage.carryOut("drain_node", "{\"node_name\": \"%s\"%s}".formatted(node, more));
  }

  /** Name to outcome, of this test's pods. */
  private Map<String, String> outcomes(ActionResult result) {
    return result
        .details()
        .path("pods")
        .valueStream()
        .filter(pod -> pod.path("pod").asString("").startsWith(stage.namespace + "/"))
        .collect(
            Collectors.toMap(
                pod -> pod.path("pod").asString("").substring(stage.namespace.length() + 1),
                pod -> pod.path("outcome").asString("")));
  }

  private List<String> uids(String... apps) {
    return List.of(apps).stream()
        .flatMap(app -> stage.running(app).stream().map(Stage::uid))
        .toList();
  }

  private void finish(String pod) {
    stage.patch(
        stage.path("Pod").name(pod).subresource("status"),
        "{\"status\": {\"phase\": \"Succeeded\"}}");
  }

  private void mirrorPod(String name) {
    stage.create(
        "Pod",
        """
        {"metadata": {"name": "%s", "annotations": {"kubernetes.io/config.mirror": "abc"}},
         "spec": {"nodeName": "%s", "containers": [{"name": "main", "image": "x"}]}}
        """
            .formatted(name, node));
  }
}
