package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.FreezeSchedule;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.config.NodeLimit;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class GuardrailsTest {
  private static final FreezeSchedule ALWAYS =
      new FreezeSchedule(
          "year-end",
          LocalTime.MIDNIGHT,
          LocalTime.MIDNIGHT,
          EnumSet.allOf(DayOfWeek.class),
          ZoneOffset.UTC);

  @TempDir Path directory;

  private EmbeddedCluster cluster;
  private ReferenceBackend backend;
  private Path kubeconfig;
  private @Nullable RunningActuator agent;
  private int actions;

  /** The standard guardrails, to be changed before the agent starts. */
  private Set<ActionType> allowed = EnumSet.allOf(ActionType.class);

  private LabelSelector selector = LabelSelector.nothing();
  private int evictions = 1000;
  private @Nullable NodeLimit nodes;
  private @Nullable Integer replicas;
  private List<FreezeSchedule> freezes = List.of();
  private boolean dryRun;
  private @Nullable String podName;

  @BeforeEach
  void start() throws Exception {
    cluster =
        EmbeddedCluster.builder()
            .seed(1)
            .nodes(3)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(20))
            .longestGrace(Duration.ofMillis(100))
            .build();
    cluster.start();
    kubeconfig = cluster.writeKubeconfig(directory.resolve("kubeconfig"));
    backend = RunningActuator.startBackend();
  }

  @AfterEach
  void stop() {
    if (agent != null) {
      agent.close();
    }
    backend.close();
    cluster.close();
  }

  private RunningActuator agent() throws Exception {
    RunningActuator running = agent;
    if (running == null) {
      GuardrailConfiguration guardrails =
          new GuardrailConfiguration(
              allowed, Set.of("kube-system"), selector, 1, evictions, nodes, replicas, freezes);
      running = new RunningActuator(kubeconfig, backend, "default", podName, dryRun, guardrails);
      running.awaitReady();
      agent = running;
    }
    return running;
  }

  private ActionResult carryOut(String type, String parameters) throws Exception {
    return agent().carryOut("act-" + ++actions, type, parameters);
  }

  private void assertRefused(ActionResult result, String rule) {
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(result.message()).contains("guardrail " + rule + ": ");
    assertThat(writesTo("/nodes/")).isEmpty();
    assertThat(writesTo("/eviction")).isEmpty();
    assertThat(writesTo("/deployments/")).isEmpty();
  }

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
    agent().stop();
    agent = null;
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
  void cordonNode_beyondTheCeiling_isRefusedUntilANodeIsBack() throws Exception {
    nodes = new NodeLimit.Count(1);
    assertThat(carryOut("cordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.CHANGED);
    ActionResult refused = carryOut("cordon_node", nodeName(1));
    assertThat(refused.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(refused.message())
        .startsWith("guardrail max_unavailable_nodes: 1 of 3 nodes")
        .contains(node(0));
    assertThat(isUnschedulable(1)).isFalse();
    assertThat(carryOut("cordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(carryOut("drain_node", nodeName(2)).reason())
        .isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(carryOut("label_node", labels(1)).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("uncordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("cordon_node", nodeName(1)).outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void cordonNode_allAtOnce_leavesTheCeilingAlone() throws Exception {
    nodes = new NodeLimit.Count(1);
    RunningActuator running = agent();
    for (int i = 0; i < 3; i++) {
      running.actuator.submit(envelope("all-" + i, "cordon_node", nodeName(i)), Source.WEBSOCKET);
    }
    int changed = 0;
    for (int i = 0; i < 3; i++) {
      changed += running.result("all-" + i).outcome() == Outcome.CHANGED ? 1 : 0;
    }
    assertThat(changed).isEqualTo(1);
  }

  @Test
  void cordonNode_nodesMayNotBeListed_failsAndNamesWhatIsMissing() throws Exception {
    nodes = new NodeLimit.Count(1);
    RunningActuator running = agent();
    cluster.deny("list", "", "nodes");
    ActionResult result = running.carryOut("act-1", "cordon_node", nodeName(0));
    assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.message()).contains("the guardrails cannot be checked").contains("nodes");
    assertThat(writesTo("/nodes/")).isEmpty();
  }

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
        "{\"node_name\": \"%s\", \"timeout_seconds\": 8}".formatted(node(0)));
    cluster.await(() -> isUnschedulable(0), RunningActuator.SOON);
    for (int i = 0; i < 6; i++) {
      submit(
          "waiting-" + i,
          "drain_node",
          "{\"node_name\": \"no-%d\", \"timeout_seconds\": 8}".formatted(i));
    }
    running.carryOut("label", "label_node", labels(2));

    assertThat(backend.results()).as("the drains go on").hasSize(1);
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
    journal("begun", nodeName(0), "{\"phase\": \"Running\", \"attempts\": 1}");
    journal("waiting", nodeName(1), "{\"phase\": \"Accepted\"}");
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
    return cluster.requests().stream()
        .filter(request -> request.path().endsWith("/deployments/agent"))
        .count();
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

  private void submit(String id, String type, String parameters) throws Exception {
    agent().actuator.submit(envelope(id, type, parameters), Source.WEBSOCKET);
  }

  private void journal(String id, String parameters, String status) {
    ReceivedEnvelope envelope = envelope(id, "cordon_node", parameters);
    cluster.apply(
        new JsonMapper()
            .readTree(
                """
                {"apiVersion": "agent.mloptimizer.com/v1alpha1", "kind": "AgentAction",
                 "metadata": {"name": "%s", "namespace": "default"},
                 "spec": {"envelope": %s, "source": "poll", "type": "cordon_node", "target": "Node/x"},
                 "status": %s}
                """
                    .formatted(id, new String(envelope.json(), StandardCharsets.UTF_8), status)));
  }

  /** A Deployment of the agent's; its pod's name. */
  private String agentPod() throws InterruptedException {
    deployment("default", "agent", 1, "{}");
    return pods("default").getFirst().path("metadata").path("name").stringValue();
  }

  private void annotate(String paused) {
    ObjectNode deployment =
        (ObjectNode) cluster.get("apps/v1", "Deployment", "default", "agent").orElseThrow();
    deployment.withObject("/metadata/annotations").put("agent.mloptimizer.com/paused", paused);
    cluster.apply(deployment);
  }

  private void deployment(String namespace, String name, int count, String nodeSelector)
      throws InterruptedException {
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + namespace + "}}");
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          replicas: %3$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              nodeSelector: %4$s
              containers: [{name: main, image: nginx}]
        """
            .formatted(name, namespace, count, nodeSelector));
    assertThat(
            cluster.await(
                () -> pods(namespace).stream().filter(pod -> isRunning(pod, name)).count() == count,
                RunningActuator.SOON))
        .isTrue();
  }

  private static boolean isRunning(JsonNode pod, String app) {
    return pod.path("status").path("phase").asString("").equals("Running")
        && pod.path("metadata").path("labels").path("app").asString("").equals(app);
  }

  /** One that never allows a disruption. */
  private void budget(String app) throws InterruptedException {
    cluster.apply(
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: %1$s, namespace: shop}
        spec: {maxUnavailable: 0, selector: {matchLabels: {app: %1$s}}}
        """
            .formatted(app));
    cluster.await(
        () ->
            cluster
                .get("policy/v1", "PodDisruptionBudget", "shop", app)
                .orElseThrow()
                .path("status")
                .has("disruptionsAllowed"),
        RunningActuator.SOON);
  }

  private void labelNode(String name, String key, String value) {
    ObjectNode node = (ObjectNode) cluster.get("v1", "Node", "", name).orElseThrow();
    node.withObject("/metadata/labels").put(key, value);
    cluster.apply(node);
  }

  private String node(int index) {
    return cluster.list("v1", "Node", "").get(index).path("metadata").path("name").stringValue();
  }

  private String nodeName(int index) {
    return "{\"node_name\": \"%s\"}".formatted(node(index));
  }

  private String labels(int index) {
    return "{\"node_name\": \"%s\", \"labels\": {\"seen\": \"yes\"}}".formatted(node(index));
  }

  private boolean isUnschedulable(int index) {
    return cluster
        .list("v1", "Node", "")
        .get(index)
        .path("spec")
        .path("unschedulable")
        .asBoolean(false);
  }

  private List<JsonNode> pods(String namespace) {
    return cluster.list("v1", "Pod", namespace);
  }

  private List<ApiRequest> writesTo(String path) {
    return cluster.requests().stream()
        .filter(request -> request.isWrite() && request.path().contains(path))
        .toList();
  }
}
