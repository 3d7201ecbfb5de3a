package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.InstallCommand;
import com.mloptimizer.agent.actuator.ActuatorComponent;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The agent, as a process, with nothing but the token of the chart's ServiceAccount: what the chart
 * grants suffices for each action that is enabled, and for none that is not; {@code
 * -Dit.kubeconfig=FILE}. Nodes may be simulated.
 */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(300)
class AgentPermissionsRealClusterIT {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final Path LAUNCHER =
      Chart.ROOT.resolve("agent-main/target/kubernetes-agent/bin/agent");

  @TempDir private Path directory;
  private final JsonMapper json = new JsonMapper();
  private RealCluster cluster;
  private String release;
  private String targets;
  private ReferenceBackend backend;
  private AgentProcess agent;

  @BeforeEach
  void start() throws Exception {
    cluster = RealCluster.open();
    release = cluster.namespace().replace("chart-it", "agent");
    targets = cluster.namespace() + "-targets";
    cluster.create(
        ResourcePath.core("namespaces"), "{\"metadata\": {\"name\": \"%s\"}}".formatted(targets));
    backend =
        ReferenceBackend.builder()
            .clusterId("test")
            .apiKey("an-api-key")
            .signingKey(SigningKey.of("default", KEY))
            .start();
  }

  @AfterEach
  void stop() throws Exception {
    if (agent != null) {
      agent.close();
    }
    backend.close();
    try {
      Helm.uninstall(release)
          .withNamespace(cluster.namespace())
          .withKubeConfig(cluster.kubeconfig())
          .ignoreNotFound()
          .call();
      cluster.send(ApiRequest.delete(ResourcePath.core("namespaces").name(targets)));
      uncordonAll(); // A drain leaves its node cordoned.
    } finally {
      cluster.close();
    }
  }

  private void uncordonAll() throws Exception {
    for (JsonNode node : cluster.list(ResourcePath.core("nodes"), "")) {
      cluster.send(
          ApiRequest.mergePatch(
              ResourcePath.core("nodes").name(node.at("/metadata/name").stringValue()),
              json.readTree("{\"spec\": {\"unschedulable\": null}}")));
    }
  }

  @Test
  void run_everythingEnabled_mayDoAllOfIt() throws Exception {
    install(Map.of());
    startAgent();
    deployTarget();

    for (Map.Entry<ActionType, String> action : actions().entrySet()) {
      ActionResult result = carryOut(action.getKey(), action.getValue());

      assertThat(result.outcome())
          .as("%s: %s", action.getKey(), result)
          .isIn(Outcome.CHANGED, Outcome.NO_CHANGE, Outcome.UNSUPPORTED);
    }
    assertThat(backend.registrations().getLast().capabilities())
        .contains("metrics", "events")
        .containsAll(actions().keySet().stream().map(ActionType::capability).toList());
    assertThat(Files.readString(agent.log())).doesNotContain("not permitted", "orbidden");
    // What is there for a leader is there for this one, too.
    assertThat(cluster.list(journal(), "")).hasSize(actions().size());
  }

  @Test
  void run_actionsDisabled_mayNotDoThem() throws Exception {
    Set<ActionType> disabled =
        EnumSet.of(
            ActionType.DRAIN_NODE,
            ActionType.EVICT_POD,
            ActionType.SCALE_WORKLOAD,
            ActionType.RESTART_ROLLOUT,
            ActionType.UPDATE_DEPLOYMENT,
            ActionType.LABEL_RESOURCE);
    disabled.retainAll(ActuatorComponent.supportedTypes());
    install(
        Map.of(
            "actions.drainNode.enabled", false,
            "actions.evictPod.enabled", false,
            "actions.scaleWorkload.enabled", false,
            "actions.restartRollout.enabled", false,
            "actions.updateDeployment.enabled", false,
            "actions.labelResource.enabled", false));
    startAgent();
    deployTarget();

    for (ActionType type : disabled) {
      ActionResult result = carryOut(type, actions().get(type));

      assertThat(result.success()).as("%s: %s", type, result).isFalse();
      assertThat(result.toString()).as("%s", type).containsIgnoringCase("forbidden");
    }
    assertThat(backend.registrations().getLast().capabilities())
        .contains("metrics", ActionType.CORDON_NODE.capability())
        .doesNotContainAnyElementsOf(disabled.stream().map(ActionType::capability).toList());
    assertThat(carryOut(ActionType.CORDON_NODE, actions().get(ActionType.CORDON_NODE)).success())
        .as("what is enabled still works")
        .isTrue();
    carryOut(ActionType.UNCORDON_NODE, actions().get(ActionType.UNCORDON_NODE));
  }

  /** In an order in which each finds its target. */
  private Map<ActionType, String> actions() throws Exception {
    String node =
        cluster
            .list(ResourcePath.core("nodes"), "!node.real")
            .getLast()
            .at("/metadata/name")
            .stringValue();
    Map<ActionType, String> actions = new LinkedHashMap<>();
    actions.put(ActionType.CORDON_NODE, "{'node_name': '%s'}".formatted(node));
    actions.put(ActionType.UNCORDON_NODE, "{'node_name': '%s'}".formatted(node));
    actions.put(
        ActionType.LABEL_NODE, "{'node_name': '%s', 'labels': {'it': 'a'}}".formatted(node));
    actions.put(
        ActionType.TAINT_NODE,
        "{'node_name': '%s', 'taints': [{'key': 'it', 'value': 'a', 'effect': 'PreferNoSchedule'}]}"
            .formatted(node));
    actions.put(
        ActionType.LABEL_RESOURCE,
        "{'kind': 'Deployment', 'namespace': '%s', 'name': 'web', 'labels': {'it': 'a'}}"
            .formatted(targets));
    actions.put(
        ActionType.SCALE_WORKLOAD,
        "{'kind': 'Deployment', 'namespace': '%s', 'name': 'web', 'replicas': 3}"
            .formatted(targets));
    actions.put(
        ActionType.UPDATE_DEPLOYMENT,
        "{'namespace': '%s', 'deployment_name': 'web', 'replicas': 2}".formatted(targets));
    actions.put(
        ActionType.RESTART_ROLLOUT,
        "{'kind': 'Deployment', 'namespace': '%s', 'name': 'web', 'wait_seconds': 60}"
            .formatted(targets));
    actions.put(
        ActionType.EVICT_POD,
        "{'namespace': '%s', 'pod_name': '%s', 'grace_period_seconds': 1}"
            .formatted(targets, somePod("/metadata/name")));
    actions.put(
        ActionType.RESIZE_POD,
        ("{'namespace': '%s', 'pod_name': '%s', 'container': 'web',"
                + " 'resources': {'requests': {'cpu': '20m'}}}")
            .formatted(targets, somePod("/metadata/name")));
    actions.put(
        ActionType.DRAIN_NODE,
        "{'node_name': '%s', 'force': true, 'delete_emptydir_data': true, 'grace_period_seconds': 1}"
            .formatted(somePod("/spec/nodeName")));
    actions.keySet().retainAll(ActuatorComponent.supportedTypes());
    return actions;
  }

  private ActionResult carryOut(ActionType type, String parameters) throws Exception {
    String current = parameters.contains("pod_name") ? actions().get(type) : parameters;
    ActionDraft draft = ActionDraft.of(type);
    ObjectNode fields = (ObjectNode) json.readTree(current.replace('\'', '"'));
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      draft = draft.with(field.getKey(), field.getValue());
    }
    return backend.awaitResult(backend.push(draft), RealCluster.SOON).result();
  }

  private void install(Map<String, ?> values) {
    InstallCommand command =
        new Helm(Chart.DIRECTORY)
            .install()
            .withName(release)
            .withNamespace(cluster.namespace())
            .createNamespace()
            .withKubeConfig(cluster.kubeconfig())
            .withValuesFile(Chart.values("required"))
            .set("replicaCount", 0);
    values.forEach(command::set);
    command.call();
  }

  private void startAgent() throws Exception {
    Path kubeconfig = cluster.kubeconfigOf(release, directory.resolve("kubeconfig"));
    Map<String, String> environment = new HashMap<>();
    environment.put("KUBECONFIG", kubeconfig.toString());
    environment.put("BACKEND_URL", backend.httpUrl().toString());
    environment.put("BACKEND_WS_URL", backend.webSocketUrl().toString());
    environment.put("API_KEY", "an-api-key");
    environment.put("SECRET_KEY", KEY);
    environment.put("CLUSTER_ID", "test");
    environment.put("AGENT_ID", "agent-1");
    environment.put("COLLECTION_INTERVAL", "1");
    environment.put("LEASE_NAME", release);
    environment.put("SPOOL_DIR", directory.resolve("spool").toString());
    agent = AgentProcess.start(LAUNCHER, environment, directory.resolve("agent.log"));
    backend.awaitConnection(RealCluster.SOON);
  }

  private void deployTarget() throws Exception {
    ResourcePath deployments = ResourcePath.group("apps", "v1", "deployments").namespace(targets);
    cluster.create(
        deployments,
        """
        {"metadata": {"name": "web"},
         "spec": {"replicas": 2, "selector": {"matchLabels": {"run": "web"}},
                  "template": {"metadata": {"labels": {"run": "web"}},
                               "spec": {"terminationGracePeriodSeconds": 1,
                                        "containers": [{"name": "web", "image": "web:1",
                                          "resources": {"requests": {"cpu": "10m"}}}]}}}}
        """);
    RealCluster.await(
        "ready targets",
        () -> cluster.get(deployments.name("web")).at("/status/readyReplicas").asInt(0) == 2);
  }

  /** A field of a pod that is there to be evicted. */
  private String somePod(String field) throws Exception {
    return cluster.list(ResourcePath.core("pods").namespace(targets), "run=web").stream()
        .filter(pod -> pod.at("/metadata/deletionTimestamp").isMissingNode())
        .map(pod -> pod.at(field).stringValue())
        .findFirst()
        .orElse("none");
  }

  private ResourcePath journal() {
    return ResourcePath.group("agent.mloptimizer.com", "v1alpha1", "agentactions")
        .namespace(cluster.namespace());
  }
}
