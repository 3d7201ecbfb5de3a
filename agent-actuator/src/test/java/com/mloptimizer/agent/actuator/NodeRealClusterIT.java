package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Cordons, labels and taints on a real API server; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(120)
class NodeRealClusterIT {
  private Stage stage;
  private String node;

  @BeforeEach
  void start() throws Exception {
    stage = Stage.real();
    node = stage.node(0);
  }

  @AfterEach
  void stop() {
    stage.patch(
        stage.path("Node").name(node),
        "{\"metadata\": {\"labels\": {\"it\": null}},"
            + " \"spec\": {\"unschedulable\": null, \"taints\": null}}");
    stage.close();
  }

  @Test
  void case18_cordonAndUncordonTwiceEach_writeOnceEach() throws Exception {
    String target = "{\"node_name\": \"%s\"}".formatted(node);
    assertThat(stage.carryOut("cordon_node", target).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.carryOut("cordon_node", target).outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.isCordoned(node)).isTrue();
    assertThat(stage.carryOut("uncordon_node", target).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.carryOut("uncordon_node", target).outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.isCordoned(node)).isFalse();
    assertThat(stage.writesTo("/nodes/"))
        .hasSize(2)
        .allMatch(call -> call.query().contains("fieldManager=kubernetes-agent"));
  }

  @Test
  void cordonNode_otherUid_isStaleWithoutAWrite() throws Exception {
    ActionResult result =
        stage.carryOut(
            "cordon_node", "{\"node_name\": \"%s\", \"node_uid\": \"another\"}".formatted(node));
    assertThat(result.outcome()).isEqualTo(Outcome.STALE_TARGET);
    assertThat(stage.writesTo("/nodes/")).isEmpty();
  }

  @Test
  void case19_taintRace_bothTaintsSurvive() throws Exception {
    String id = stage.submit("taint_node", taint("agent", "NoSchedule", ""));
    // Somebody else writes the same list at the same time, over and over.
    for (int i = 0; i < 20; i++) {
      Kubectl.run("taint", "node", node, "other" + i + "=x:PreferNoSchedule");
      if (i == 10) {
        stage.submit("taint_node", taint("agent2", "NoSchedule", ""));
      }
    }
    assertThat(stage.result(id).outcome()).isEqualTo(Outcome.CHANGED);
    stage.await("the second taint", () -> taints().contains("agent2"));
    assertThat(taints()).contains("agent", "agent2");
    for (int i = 0; i < 20; i++) {
      assertThat(taints()).contains("other" + i);
    }
  }

  @Test
  void taintNode_sameChangedAndRemoved_writesOnlyWhatDiffers() throws Exception {
    assertThat(stage.carryOut("taint_node", taint("it", "NoSchedule", "")).outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(stage.carryOut("taint_node", taint("it", "NoSchedule", "")).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
    String other = taint("it", "NoSchedule", "").replace("\"v\"", "\"w\"");
    ActionResult changed = stage.carryOut("taint_node", other);
    assertThat(changed.outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(changed.details().toString()).contains("it=v:NoSchedule", "it=w:NoSchedule");
    assertThat(taints()).containsOnlyOnce("it");
    String removal = taint("it", "NoSchedule", ", \"remove\": true");
    assertThat(stage.carryOut("taint_node", removal).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.carryOut("taint_node", removal).outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.writesTo("/nodes/")).hasSize(3);
  }

  @Test
  void case20_noExecute_isRefusedUnlessAllowed() throws Exception {
    ActionResult refused = stage.carryOut("taint_node", taint("it", "NoExecute", ""));
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.reason()).isEqualTo(RejectionReason.UNSAFE);
    assertThat(stage.writesTo("/nodes/")).isEmpty();
    ActionResult allowed =
        stage.carryOut("taint_node", taint("it", "NoExecute", ", \"allow_no_execute\": true"));
    assertThat(allowed.outcome()).as(allowed.message()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void taintNode_invalidKey_saysWhatTheApiServerSays() throws Exception {
    ActionResult result = stage.carryOut("taint_node", taint("not valid!", "NoSchedule", ""));
    assertThat(result.reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
    assertThat(result.message()).contains("not valid!");
  }

  @Test
  void case21_absentLabelRemoved_isNoChangeWithoutAWrite() throws Exception {
    ActionResult result =
        stage.carryOut(
            "label_node",
            "{\"node_name\": \"%s\", \"labels\": {\"it\": \"\"}, \"remove\": true}"
                .formatted(node));
    assertThat(result.outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.writesTo("/nodes/")).isEmpty();
  }

  @Test
  void labelNode_invalidThenValid_saysWhatTheApiServerSays() throws Exception {
    String labels = "{\"node_name\": \"%s\", \"labels\": {\"it\": \"%s\"}}";
    ActionResult invalid = stage.carryOut("label_node", labels.formatted(node, "not valid!"));
    assertThat(invalid.reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
    assertThat(invalid.message()).contains("not valid!");
    ActionResult valid = stage.carryOut("label_node", labels.formatted(node, "yes"));
    assertThat(valid.outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(valid.details().toString())
        .isEqualTo("{\"before\":{\"it\":null},\"after\":{\"it\":\"yes\"}}");
  }

  @Test
  void labelResource_everyKind_changesOnceAndRemovesOnce() throws Exception {
    stage.workload("Deployment", "web", 1, "", "");
    stage.workload("StatefulSet", "db", 1, "", "");
    stage.workload("DaemonSet", "logs", 1, "", "");
    String pod = Stage.name(stage.running("web").getFirst());
    List<String> targets =
        List.of(
            "\"kind\": \"Node\", \"name\": \"" + node + "\"",
            "\"kind\": \"Namespace\", \"name\": \"NS\"",
            "\"kind\": \"Pod\", \"namespace\": \"NS\", \"name\": \"" + pod + "\"",
            "\"kind\": \"Deployment\", \"namespace\": \"NS\", \"name\": \"web\"",
            "\"kind\": \"StatefulSet\", \"namespace\": \"NS\", \"name\": \"db\"",
            "\"kind\": \"DaemonSet\", \"namespace\": \"NS\", \"name\": \"logs\"");
    for (String target : targets) {
      String set = "{%s, \"labels\": {\"it\": \"yes\"}}".formatted(target);
      String remove = "{%s, \"labels\": {\"it\": \"\"}, \"remove\": true}".formatted(target);
      assertThat(stage.carryOut("label_resource", set).outcome()).isEqualTo(Outcome.CHANGED);
      assertThat(stage.carryOut("label_resource", set).outcome()).isEqualTo(Outcome.NO_CHANGE);
      assertThat(stage.carryOut("label_resource", remove).outcome()).isEqualTo(Outcome.CHANGED);
      assertThat(stage.carryOut("label_resource", remove).outcome()).isEqualTo(Outcome.NO_CHANGE);
    }
  }

  @Test
  void allNodeActions_dryRun_planAndChangeNothing() throws Exception {
    String before = specAndLabels();
    String target = "{\"node_name\": \"%s\"}".formatted(node);
    String label = "{\"node_name\": \"%s\", \"labels\": {\"it\": \"x\"}}".formatted(node);
    assertThat(stage.dryRun("cordon_node", target).outcome()).isEqualTo(Outcome.PLANNED);
    assertThat(stage.dryRun("label_node", label).outcome()).isEqualTo(Outcome.PLANNED);
    assertThat(stage.dryRun("taint_node", taint("it", "NoSchedule", "")).outcome())
        .isEqualTo(Outcome.PLANNED);
    assertThat(specAndLabels()).isEqualTo(before);
  }

  private String specAndLabels() {
    return stage.get("Node", node).path("spec")
        + ""
        + stage.get("Node", node).path("metadata").path("labels");
  }

  private List<String> taints() {
    return stage
        .get("Node", node)
        .path("spec")
        .path("taints")
        .valueStream()
        .map(taint -> taint.path("key").asString(""))
        .toList();
  }

  private String taint(String key, String effect, String more) {
    return "{\"node_name\": \"%s\", \"taints\": [{\"key\": \"%s\", \"value\": \"v\", \"effect\": \"%s\"}]%s}"
        .formatted(node, key, effect, more);
  }
}
