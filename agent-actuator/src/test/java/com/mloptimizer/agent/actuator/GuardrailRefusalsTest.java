package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules of an action, its target and the pods that it would evict: a violation is refused. */
@Timeout(60)
class GuardrailRefusalsTest extends GuardedAgent {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "evict_pod | {'namespace':'kube-system','pod_name':'dns'} | protected_namespaces",
        "label_resource | {'kind':'Namespace','name':'kube-system','labels':{'a':'b'}}"
            + " | protected_namespaces",
        "restart_rollout | {'kind':'DaemonSet','namespace':'kube-system','name':'p'}"
            + " | protected_namespaces",
        "scale_workload | {'kind':'Deployment','namespace':'default','name':'agent','replicas':0}"
            + " | own_namespace",
        "resize_pod | {'namespace':'default','pod_name':'agent-0','container':'c',"
            + "'resources':{'limits':{'cpu':'1'}}} | own_namespace",
        "scale_workload | {'kind':'Deployment','namespace':'shop','name':'web','replicas':6}"
            + " | max_replicas",
        "update_deployment | {'namespace':'shop','deployment_name':'web','replicas':6}"
            + " | max_replicas",
        "uncordon_node | {'node_name':'n'} | allowed_actions",
      })
  void carryOut_againstARuleOfTheActionItself_isRefusedInADryRunToo(
      String type, String parameters, String rule) throws Exception {
    podName = "agent-0";
    agentPod();
    replicas = 5;
    allowed.remove(ActionType.UNCORDON_NODE);
    assertRefused(carryOut(type, parameters.replace('\'', '"')), rule);
    stopAgent();
    dryRun = true;
    assertRefused(carryOut(type, parameters.replace('\'', '"')), rule);
  }

  @Test
  void cancelAction_notAllowedAndFrozen_isCarriedOut() throws Exception {
    allowed = EnumSet.noneOf(ActionType.class);
    freezes = List.of(ALWAYS);
    assertThat(carryOut("cancel_action", "{\"action_id\": \"none\"}").outcome())
        .isNotEqualTo(Outcome.REFUSED);
  }

  @Test
  void cordonNode_labelledNode_isRefusedAndTheOthersAreNot() throws Exception {
    selector = LabelSelector.parse("tier in (critical)");
    labelNode(node(0), "tier", "critical");
    assertRefused(carryOut("cordon_node", nodeName(0)), "protected_selector");
    assertThat(carryOut("cordon_node", nodeName(1)).outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void cordonNode_selectorOfWhatHasNoSuchLabel_looksAtTheNodesLabelsOnly() throws Exception {
    selector = LabelSelector.parse("tier!=batch");
    labelNode(node(0), "tier", "batch");
    assertRefused(carryOut("cordon_node", nodeName(1)), "protected_selector");
    assertThat(carryOut("cordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void scaleWorkload_workloadWhosePodsAreLabelled_isRefused() throws Exception {
    selector = LabelSelector.parse("app=web");
    deployment("shop", "web", 1, "{}");
    assertRefused(
        carryOut(
            "scale_workload",
            "{\"kind\":\"Deployment\",\"namespace\":\"shop\",\"name\":\"web\",\"replicas\":0}"),
        "protected_selector");
  }

  @Test
  void evictPod_labelledPod_isRefused() throws Exception {
    selector = LabelSelector.parse("app,!canary");
    deployment("shop", "web", 1, "{}");
    String pod = pods("shop").getFirst().path("metadata").path("name").stringValue();
    assertRefused(
        carryOut("evict_pod", "{\"namespace\":\"shop\",\"pod_name\":\"" + pod + "\"}"),
        "protected_selector");
  }

  @Test
  void drainNode_withPodOfAProtectedNamespace_evictsNothingAndUndoesItsCordon() throws Exception {
    deployment("shop", "web", 2, "{kubernetes.io/hostname: " + node(0) + "}");
    deployment("kube-system", "dns", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    String dns = pods("kube-system").getFirst().path("metadata").path("name").stringValue();
    ActionResult result = carryOut("drain_node", nodeName(0));

    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(result.message())
        .contains("guardrail protected_namespaces: ")
        .contains("kube-system/" + dns)
        .doesNotContain("shop/web");
    assertThat(result.details().path("pods").toString()).contains(dns);
    assertThat(writesTo("/eviction")).isEmpty();
    assertThat(isUnschedulable(0)).isFalse();
  }

  @Test
  void drainNode_protectedPodThatNeedsForce_isNotPermittedRatherThanUnsafe() throws Exception {
    cluster.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: kube-system},"
            + " spec: {nodeName: %s, containers: [{name: main, image: x}]}}".formatted(node(0)));
    ActionResult result = carryOut("drain_node", nodeName(0));
    assertThat(result.reason()).as(result.message()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(result.message()).contains("guardrail protected_namespaces: kube-system/bare");
  }

  @Test
  void drainNode_withLabelledPod_evictsNothingButWithoutItGoesThrough() throws Exception {
    selector = LabelSelector.parse("app=web");
    deployment("shop", "web", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    deployment("shop", "api", 2, "{kubernetes.io/hostname: " + node(1) + "}");
    ActionResult refused = carryOut("drain_node", nodeName(0));

    assertThat(refused.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(refused.message()).contains("guardrail protected_selector: ").contains("app=web");
    assertThat(writesTo("/eviction")).isEmpty();
    ActionResult drained = carryOut("drain_node", nodeName(1));
    assertThat(drained.outcome()).as(drained.message()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void taintNode_thatWouldDeleteAProtectedPod_isRefusedAndNamesItInADryRunToo() throws Exception {
    deployment("kube-system", "dns", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    deployment("shop", "web", 1, "{kubernetes.io/hostname: " + node(0) + "}");
    String dns = pods("kube-system").getFirst().path("metadata").path("name").stringValue();
    ActionResult refused = carryOut("taint_node", noExecute(0, "gone"));

    assertRefused(refused, "protected_namespaces");
    assertThat(refused.message()).contains("kube-system/" + dns).doesNotContain("shop/web");
    assertThat(carryOut("taint_node", noExecute(1, "gone")).outcome()).isEqualTo(Outcome.CHANGED);
    stopAgent();
    dryRun = true;
    ActionResult planned = carryOut("taint_node", noExecute(0, "gone"));
    assertThat(planned.reason()).as(planned.message()).isEqualTo(RejectionReason.NOT_PERMITTED);
  }

  @Test
  void taintNode_thatAProtectedPodTolerates_isSet() throws Exception {
    tolerating("for-good", "{key: gone, operator: Exists, effect: NoExecute}");
    assertThat(carryOut("taint_node", noExecute(0, "gone")).outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void taintNode_thatAProtectedPodToleratesForAWhile_isRefused() throws Exception {
    tolerating("a-while", "{key: gone, operator: Exists, tolerationSeconds: 300}");
    assertRefused(carryOut("taint_node", noExecute(0, "gone")), "protected_namespaces");
  }

  @Test
  void taintNode_thatWouldDeleteTheAgent_isRefused() throws Exception {
    podName = agentPod();
    String own =
        cluster
            .get("v1", "Pod", "default", podName)
            .orElseThrow()
            .at("/spec/nodeName")
            .stringValue();
    assertRefused(
        carryOut("taint_node", noExecute(0, "gone").replace(node(0), own)), "own_namespace");
  }

  private void tolerating(String name, String toleration) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: kube-system}
        spec: {nodeName: %s, tolerations: [%s], containers: [{name: main, image: x}]}
        """
            .formatted(name, node(0), toleration));
  }

  private String noExecute(int node, String key) {
    return """
    {"node_name": "%s", "allow_no_execute": true,
     "taints": [{"key": "%s", "effect": "NoExecute"}]}
    """
        .formatted(node(node), key);
  }
}
