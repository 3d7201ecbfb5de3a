package com.mloptimizer.agent.core.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.action.ActionParameters.CancelAction;
import com.mloptimizer.agent.core.action.ActionParameters.CordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.ActionParameters.EvictPod;
import com.mloptimizer.agent.core.action.ActionParameters.LabelNode;
import com.mloptimizer.agent.core.action.ActionParameters.LabelResource;
import com.mloptimizer.agent.core.action.ActionParameters.ResizePod;
import com.mloptimizer.agent.core.action.ActionParameters.Resources;
import com.mloptimizer.agent.core.action.ActionParameters.RestartRollout;
import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.ActionParameters.Taint;
import com.mloptimizer.agent.core.action.ActionParameters.TaintNode;
import com.mloptimizer.agent.core.action.ActionParameters.UncordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.UpdateDeployment;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The protocol's table of parameters, row by row. JSON is in single quotes here. */
class ParameterReaderTest {
  private static final Duration NONE = Duration.ZERO;

  private static ObjectNode json(String text) {
    return (ObjectNode) new JsonMapper().readTree(text.replace('\'', '"'));
  }

  private static ActionParameters read(String type, String json) throws InvalidActionException {
    return ParameterReader.read(ActionType.of(type).orElseThrow(), json(json));
  }

  private static void assertInvalid(String type, String json, String parameter) {
    assertThatThrownBy(() -> read(type, json))
        .as(json)
        .isInstanceOfSatisfying(
            InvalidActionException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
              assertThat(e.text()).startsWith("parameter '" + parameter + "' ");
            });
  }

  private static Duration s(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  static Stream<Arguments> table() {
    Resources resources =
        new Resources(Map.of("cpu", "1"), Collections.singletonMap("memory", null));
    String resourcesJson = "{'requests':{'cpu':'1'},'limits':{'memory':null}}";
    return Stream.of(
        Arguments.of(
            "evict_pod",
            "{'namespace':'n','pod_name':'p'}",
            new EvictPod("n", "p", null, null, s(300))),
        Arguments.of(
            "evict_pod",
            "{'namespace':'n','pod_name':'p.q','pod_uid':'u','grace_period_seconds':0,"
                + "'timeout_seconds':1}",
            new EvictPod("n", "p.q", "u", NONE, s(1))),
        Arguments.of(
            "evict_pod",
            "{'namespace':'n','pod_name':'p','grace_period':86400,'timeout_seconds':86400}",
            new EvictPod("n", "p", null, s(86_400), s(86_400))),
        Arguments.of("cordon_node", "{'node_name':'x'}", new CordonNode("x", null)),
        Arguments.of("cordon_node", "{'node_name':'x','node_uid':'u'}", new CordonNode("x", "u")),
        Arguments.of("uncordon_node", "{'node_name':'x'}", new UncordonNode("x", null)),
        Arguments.of(
            "uncordon_node", "{'node_name':'x','node_uid':'u'}", new UncordonNode("x", "u")),
        Arguments.of(
            "drain_node",
            "{'node_name':'x'}",
            new DrainNode("x", null, null, s(900), false, false, true, null, true)),
        Arguments.of(
            "drain_node",
            "{'node_name':'x','node_uid':'u','grace_period_seconds':5,'timeout_seconds':60,"
                + "'force':true,'delete_emptydir_data':true,'ignore_daemonsets':false,"
                + "'pod_selector':'a=b','uncordon_on_failure':false}",
            new DrainNode("x", "u", s(5), s(60), true, true, false, "a=b", false)),
        Arguments.of(
            "label_node",
            "{'node_name':'x','labels':{'a':''}}",
            new LabelNode("x", Map.of("a", ""), false)),
        Arguments.of(
            "label_node",
            "{'node_name':'x','labels':{'a':null,'b':'c'},'remove':true}",
            new LabelNode("x", Map.of("a", "", "b", "c"), true)),
        Arguments.of(
            "taint_node",
            "{'node_name':'x','taints':[{'key':'k','effect':'NoSchedule'}]}",
            new TaintNode("x", List.of(new Taint("k", "", "NoSchedule")), false, false)),
        Arguments.of(
            "taint_node",
            "{'node_name':'x','taints':[{'key':'k','value':'v','effect':'NoExecute'}],"
                + "'remove':true,'allow_no_execute':true}",
            new TaintNode("x", List.of(new Taint("k", "v", "NoExecute")), true, true)),
        Arguments.of(
            "label_resource",
            "{'kind':'Namespace','name':'x','labels':{'a':'b'}}",
            new LabelResource("Namespace", "x", null, Map.of("a", "b"), false)),
        Arguments.of(
            "label_resource",
            "{'kind':'Pod','name':'x','namespace':'n','labels':{'a':'b'},'remove':true}",
            new LabelResource("Pod", "x", "n", Map.of("a", "b"), true)),
        Arguments.of(
            "scale_workload",
            "{'kind':'Deployment','namespace':'n','name':'x','replicas':0}",
            new ScaleWorkload("Deployment", "n", "x", 0, null, NONE, false)),
        Arguments.of(
            "scale_workload",
            "{'kind':'StatefulSet','namespace':'n','name':'x','replicas':2147483647,"
                + "'expected_replicas':3,'wait_seconds':9,'allow_pvc_deletion':true}",
            new ScaleWorkload("StatefulSet", "n", "x", Integer.MAX_VALUE, 3, s(9), true)),
        Arguments.of(
            "update_deployment",
            "{'namespace':'n','deployment_name':'x'}",
            new UpdateDeployment("n", "x", null, null, null, null, NONE)),
        Arguments.of(
            "update_deployment",
            "{'namespace':'n','deployment_name':'x','replicas':2,'image':'i:1','container':'c',"
                + "'resources':"
                + resourcesJson
                + ",'wait_seconds':60}",
            new UpdateDeployment("n", "x", 2, "i:1", "c", resources, s(60))),
        Arguments.of(
            "restart_rollout",
            "{'kind':'DaemonSet','namespace':'n','name':'x'}",
            new RestartRollout("DaemonSet", "n", "x", NONE)),
        Arguments.of(
            "restart_rollout",
            "{'kind':'Deployment','namespace':'n','name':'x','wait_seconds':1}",
            new RestartRollout("Deployment", "n", "x", s(1))),
        Arguments.of(
            "resize_pod",
            "{'namespace':'n','pod_name':'p','container':'c','resources':{}}",
            new ResizePod("n", "p", null, "c", new Resources(null, null), s(60))),
        Arguments.of(
            "resize_pod",
            "{'namespace':'n','pod_name':'p','container':'c','pod_uid':'u','wait_seconds':0,"
                + "'resources':"
                + resourcesJson
                + "}",
            new ResizePod("n", "p", "u", "c", resources, NONE)),
        Arguments.of(
            "cancel_action", "{'action_id':'act-1'}", new CancelAction(new ActionId("act-1"))));
  }

  @ParameterizedTest
  @MethodSource("table")
  void read_minimalAndFull_isTheRecordWithItsDefaults(
      String type, String json, ActionParameters expected) throws InvalidActionException {
    assertThat(read(type, json)).isEqualTo(expected);
    assertThat(expected.type().wireName()).isEqualTo(type);
    assertThat(expected.type().capability()).isEqualTo("action:" + type);
  }

  @Test
  void table_everyType_isInIt() {
    assertThat(table().map(row -> (String) row.get()[0]).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(ActionType.values()).map(ActionType::wireName).toList());
  }

  @ParameterizedTest
  @MethodSource("table")
  void read_unknownParameter_isNamed(String type, String json, ActionParameters expected) {
    assertInvalid(type, json.replaceFirst("\\{", "{'Force':true,"), "Force");
  }

  @ParameterizedTest
  @MethodSource("table")
  void read_anyParameterOfAnotherJsonType_isNamed(
      String type, String json, ActionParameters expected) {
    for (String name : json(json).propertyNames()) {
      for (String wrong : List.of("null", "3.0", "1e0", "[1]", "'3 '", "3000000000")) {
        boolean free = List.of("pod_uid", "node_uid", "image", "pod_selector").contains(name);
        if (wrong.startsWith("'") && free) {
          continue; // Any text will do.
        }
        ObjectNode changed = json(json);
        changed.set(name, new JsonMapper().readTree(wrong.replace('\'', '"')));
        assertInvalid(type, changed.toString(), name);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "evict_pod | {'namespace':'n'} | pod_name",
        "evict_pod | {'pod_name':'p'} | namespace",
        "cordon_node | {} | node_name",
        "uncordon_node | {} | node_name",
        "drain_node | {} | node_name",
        "label_node | {'node_name':'x'} | labels",
        "label_node | {'labels':{'a':'b'}} | node_name",
        "taint_node | {'node_name':'x'} | taints",
        "label_resource | {'name':'x','labels':{'a':'b'}} | kind",
        "label_resource | {'kind':'Node','labels':{'a':'b'}} | name",
        "label_resource | {'kind':'Node','name':'x'} | labels",
        "scale_workload | {'kind':'Deployment','namespace':'n','name':'x'} | replicas",
        "scale_workload | {'kind':'Deployment','name':'x','replicas':1} | namespace",
        "update_deployment | {'namespace':'n'} | deployment_name",
        "restart_rollout | {'namespace':'n','name':'x'} | kind",
        "resize_pod | {'namespace':'n','pod_name':'p','container':'c'} | resources",
        "resize_pod | {'namespace':'n','pod_name':'p','resources':{}} | container",
        "cancel_action | {} | action_id"
      })
  void read_requiredParameterMissing_isNamed(String type, String json, String parameter) {
    assertInvalid(type, json, parameter);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/b",
        "..",
        ".",
        "../nodes/x",
        "a%2fb",
        "a?b",
        "a#b",
        "a\\\\b",
        "A",
        "a_b",
        "-a",
        "a-",
        "a..b",
        ".a",
        "a.",
        " a",
        "a ",
        "a\\n",
        "a\\u0000",
        "\\u00e9",
        ""
      })
  void read_nameThatIsNone_isInvalid(String name) {
    assertInvalid("cordon_node", "{'node_name':'" + name + "'}", "node_name");
    assertInvalid("evict_pod", "{'namespace':'n','pod_name':'" + name + "'}", "pod_name");
    assertInvalid("evict_pod", "{'namespace':'" + name + "','pod_name':'p'}", "namespace");
    assertInvalid("cancel_action", "{'action_id':'" + name + "'}", "action_id");
  }

  @Test
  void read_lengthOfNames_isKubernetesLimit() throws InvalidActionException {
    assertThat(read("cordon_node", "{'node_name':'" + "n".repeat(253) + "'}")).isNotNull();
    assertInvalid("cordon_node", "{'node_name':'" + "n".repeat(254) + "'}", "node_name");
    String pod = "','pod_name':'p'}";
    assertThat(read("evict_pod", "{'namespace':'" + "n".repeat(63) + pod)).isNotNull();
    assertInvalid("evict_pod", "{'namespace':'" + "n".repeat(64) + pod, "namespace");
    assertInvalid("evict_pod", "{'namespace':'a.b" + pod, "namespace");
  }

  @Test
  void read_integersOutOfBounds_areNamed() {
    String pod = "{'namespace':'n','pod_name':'p',";
    assertInvalid("evict_pod", pod + "'timeout_seconds':0}", "timeout_seconds");
    assertInvalid("evict_pod", pod + "'timeout_seconds':86401}", "timeout_seconds");
    assertInvalid("evict_pod", pod + "'grace_period_seconds':-1}", "grace_period_seconds");
    assertInvalid("evict_pod", pod + "'grace_period':86401}", "grace_period");
    String scale = "{'kind':'Deployment','namespace':'n','name':'x',";
    assertInvalid("scale_workload", scale + "'replicas':-1}", "replicas");
    assertInvalid("scale_workload", scale + "'replicas':2147483648}", "replicas");
    assertInvalid("scale_workload", scale + "'replicas':'3'}", "replicas");
    assertInvalid("scale_workload", scale + "'replicas':true}", "replicas");
    assertInvalid("scale_workload", scale + "'replicas':1,'wait_seconds':-1}", "wait_seconds");
  }

  @Test
  void read_bothNamesOfTheGracePeriod_isAnError() {
    assertInvalid(
        "drain_node",
        "{'node_name':'x','grace_period':1,'grace_period_seconds':1}",
        "grace_period");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scale_workload | DaemonSet",
        "scale_workload | deployment",
        "restart_rollout | ReplicaSet",
        "label_resource | Secret"
      })
  void read_kindOfAnotherSort_isNamed(String type, String kind) {
    assertInvalid(
        type,
        "{'kind':'%s','namespace':'n','name':'x','replicas':1,'labels':{'a':'b'}}".formatted(kind),
        "kind");
  }

  @Test
  void read_namespaceOfALabelledResource_goesWithTheKind() {
    String rest = ",'name':'x','labels':{'a':'b'}}";
    for (String kind : List.of("Node", "Namespace")) {
      assertInvalid("label_resource", "{'kind':'" + kind + "','namespace':'n'" + rest, "namespace");
    }
    for (String kind : List.of("Pod", "Deployment", "StatefulSet", "DaemonSet")) {
      assertInvalid("label_resource", "{'kind':'" + kind + "'" + rest, "namespace");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'a':1}",
        "{'a':null}",
        "{'a':{}}",
        "[]",
        "'a=b'",
      })
  void read_labelsThatAreNone_areInvalid(String labels) {
    assertInvalid("label_node", "{'node_name':'x','labels':" + labels + "}", "labels");
  }

  @Test
  void read_tooManyLabels_areInvalid() {
    ObjectNode parameters = json("{'node_name':'x'}");
    ObjectNode labels = parameters.putObject("labels");
    for (int i = 0; i < 65; i++) {
      labels.put("l" + i, "");
    }
    assertInvalid("label_node", parameters.toString(), "labels");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "[1]",
        "[{}]",
        "[{'key':'k'}]",
        "[{'effect':'NoSchedule'}]",
        "[{'key':'k','effect':'noschedule'}]",
        "[{'key':'k','effect':'NoSchedule','value':1}]",
        "[{'key':'k','effect':'NoSchedule','value':null}]",
        "[{'key':'k','effect':'NoSchedule','timeAdded':'x'}]",
        "[{'key':'','effect':'NoSchedule'}]",
        "[{'key':1,'effect':'NoSchedule'}]"
      })
  void read_taintsThatAreNone_areInvalid(String taints) {
    assertInvalid("taint_node", "{'node_name':'x','taints':" + taints + "}", "taints");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{'claims':{}}",
        "{'limits':[]}",
        "{'limits':{'cpu':1}}",
        "{'requests':null}"
      })
  void read_resourcesThatAreNone_areInvalid(String resources) {
    assertInvalid(
        "resize_pod",
        "{'namespace':'n','pod_name':'p','container':'c','resources':" + resources + "}",
        "resources");
  }

  @Test
  void target_ofEachType_isTheObject() throws InvalidActionException {
    assertThat(read("evict_pod", "{'namespace':'n','pod_name':'p'}").target())
        .hasToString("Pod/n/p");
    assertThat(read("drain_node", "{'node_name':'x'}").target()).hasToString("Node/x");
    assertThat(read("cancel_action", "{'action_id':'act-1'}").target())
        .hasToString("AgentAction/act-1");
  }
}
