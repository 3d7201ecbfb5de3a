package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An agent before a cluster, with a namespace of its own to act in. The agent reaches the cluster
 * through an {@link ApiFront}, the test directly.
 */
final class Stage implements AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(90);

  /** Stands for the stage's namespace; with its quotes, as base64 may spell the two letters. */
  private static final String OWN = "\"NS\"";

  final KubernetesClient direct;
  final ApiFront front;
  final ReferenceBackend backend;
  final String namespace;
  private final JsonMapper json = new JsonMapper();
  private final boolean isReal;
  private final Path directory;
  private final Path frontKubeconfig;
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private RunningActuator agent;
  private int actions;

  private Stage(Path kubeconfig, boolean isReal) throws Exception {
    this.isReal = isReal;
    directory = Files.createTempDirectory("stage");
    direct = open(kubeconfig);
    front = new ApiFront(direct);
    namespace = "it-" + run;
    installDefinition();
    create("Namespace", "{\"metadata\": {\"name\": \"%s\"}}".formatted(namespace));
    backend = RunningActuator.startBackend();
    frontKubeconfig = front.writeKubeconfig(directory.resolve("kubeconfig"));
    agent = new RunningActuator(frontKubeconfig, backend, false);
    agent.awaitReady();
    front.clear();
  }

  /** Before the cluster of {@code -Dit.kubeconfig}. */
  static Stage real() throws Exception {
    return new Stage(realKubeconfig(), true);
  }

  static Path realKubeconfig() {
    return Path.of(System.getProperty("it.kubeconfig", ""));
  }

  /** Before an embedded cluster, which outlives the stage. */
  static Stage embedded(EmbeddedCluster cluster) throws Exception {
    Path kubeconfig = Files.createTempDirectory("stage").resolve("kubeconfig");
    return new Stage(cluster.writeKubeconfig(kubeconfig), false);
  }

  static KubernetesClient open(Path kubeconfig) throws Exception {
    return KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
        .withKubeconfig(kubeconfig)
        .open("test");
  }

  RunningActuator agent() {
    return agent;
  }

  /** Stops the agent as a rollout would, and starts the next one. */
  void restartAgent() throws Exception {
    agent.close();
    agent = new RunningActuator(frontKubeconfig, backend, false);
  }

  /** Starts the next agent, which keeps to these guardrails; as that pod, if one is named. */
  void restartAgent(@Nullable String podName, GuardrailConfiguration guardrails) throws Exception {
    agent.close();
    agent = new RunningActuator(frontKubeconfig, backend, namespace, podName, false, guardrails);
    agent.awaitReady();
    front.clear();
  }

  @Override
  public void close() {
    front.script(_ -> Optional.empty());
    agent.close();
    if (isReal) { // An embedded cluster goes as a whole.
      list("Node").forEach(node -> labelAsHome(name(node), "null"));
      send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    }
    front.close();
    backend.close();
    direct.close();
  }

  // Actions

  ActionResult carryOut(String type, String parameters) throws InterruptedException {
    String id = submit(type, parameters);
    return result(id);
  }

  /** Submits and returns the id. */
  String submit(String type, String parameters) {
    return submit(type, parameters, Instant.now());
  }

  String submit(String type, String parameters, Instant issuedAt) {
    String id = "it-%s-%d".formatted(run, ++actions);
    String filled = parameters.replace(OWN, "\"" + namespace + "\"");
    agent.actuator.submit(
        RunningActuator.envelope(id, type, filled, issuedAt.plusSeconds(600)), Source.WEBSOCKET);
    return id;
  }

  ActionResult result(String id) throws InterruptedException {
    return backend.awaitResult(new ActionId(id), LONG).result();
  }

  ActionResult dryRun(String type, String parameters) throws Exception {
    agent.close();
    agent = new RunningActuator(frontKubeconfig, backend, true);
    try {
      agent.awaitReady();
      return carryOut(type, parameters);
    } finally {
      agent.close();
      agent = new RunningActuator(frontKubeconfig, backend, false);
      agent.awaitReady();
    }
  }

  // The cluster

  ResourcePath path(String kind) {
    return switch (kind) {
      case "Node" -> ResourcePath.core("nodes");
      case "Namespace" -> ResourcePath.core("namespaces");
      case "Pod" -> ResourcePath.core("pods").namespace(namespace);
      case "ResourceQuota" -> ResourcePath.core("resourcequotas").namespace(namespace);
      case "ServiceAccount" -> ResourcePath.core("serviceaccounts").namespace(namespace);
      case "PodDisruptionBudget" ->
          versioned("policy", "poddisruptionbudgets", "v1", "v1beta1").namespace(namespace);
      case "HorizontalPodAutoscaler" ->
          ResourcePath.group("autoscaling", "v1", "horizontalpodautoscalers").namespace(namespace);
      default ->
          ResourcePath.group("apps", "v1", kind.toLowerCase(Locale.ROOT) + "s")
              .namespace(namespace);
    };
  }

  private ResourcePath versioned(String group, String resource, String... versions) {
    for (String version : versions) {
      ResourcePath path = ResourcePath.group(group, version, resource);
      if (send(ApiRequest.get(path).query("limit", "1")).isSuccess()) {
        return path;
      }
    }
    throw new AssertionError("no version of " + resource);
  }

  /** Has the agent see the answer of a path changed. */
  void serveEdited(String path, Consumer<JsonNode> change) {
    JsonNode answer = send(ApiRequest.get(ResourcePath.raw(path))).body().deepCopy();
    change.accept(answer);
    front.script(call ->
        call.path().equals(path)
            ? Optional.of(new ApiFront.Reply.Answer(200, answer.toString(), 0))
            : Optional.empty());
  }

  ApiAnswer send(ApiRequest request) {
    try {
      return direct.send(request);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode create(String kind, String body) {
    return create(path(kind), body);
  }

  JsonNode create(ResourcePath path, String body) {
    String filled = namespace == null ? body : body.replace(OWN, "\"" + namespace + "\"");
    ApiAnswer answer = send(ApiRequest.post(path, json.readTree(filled)));
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
    return answer.body();
  }

  JsonNode patch(ResourcePath path, String patch) {
    ApiAnswer answer = send(ApiRequest.mergePatch(path, json.readTree(patch)));
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
    return answer.body();
  }

  void delete(String kind, String name) {
    send(ApiRequest.delete(path(kind).name(name)));
  }

  Optional<JsonNode> find(String kind, String name) {
    ApiAnswer answer = send(ApiRequest.get(path(kind).name(name)));
    return answer.isSuccess() ? Optional.of(answer.body()) : Optional.empty();
  }

  JsonNode get(String kind, String name) {
    return find(kind, name).orElseThrow(() -> new AssertionError(kind + " " + name + " is gone"));
  }

  List<JsonNode> list(String kind) {
    return send(ApiRequest.get(path(kind))).body().path("items").valueStream().toList();
  }

  List<JsonNode> pods() {
    return list("Pod");
  }

  List<JsonNode> podsOn(String node) {
    return pods().stream()
        .filter(pod -> pod.path("spec").path("nodeName").asString("").equals(node))
        .toList();
  }

  String node(int index) {
    return name(list("Node").get(index));
  }

  /** A node on which no other test has left pods. */
  String cleanNode(int index) {
    String node = node(index);
    ApiRequest itsPods =
        ApiRequest.get(ResourcePath.core("pods")).query("fieldSelector", "spec.nodeName=" + node);
    await(
        "what earlier tests left on the node to go",
        () ->
            send(itsPods)
                .body()
                .path("items")
                .valueStream()
                .noneMatch(pod -> pod.at("/metadata/namespace").asString("").startsWith("it-")));
    return node;
  }

  static String name(JsonNode object) {
    return object.path("metadata").path("name").asString("");
  }

  static String uid(JsonNode object) {
    return object.path("metadata").path("uid").asString("");
  }

  boolean isCordoned(String node) {
    return get("Node", node).path("spec").path("unschedulable").asBoolean(false);
  }

  void uncordon(String node) {
    patch(path("Node").name(node), "{\"spec\": {\"unschedulable\": null}}");
  }

  void cordon(String node) {
    patch(path("Node").name(node), "{\"spec\": {\"unschedulable\": true}}");
  }

  /**
   * Where pods run: on this node alone, until {@link #openOtherNodes()}. For {@link #workload}, as
   * more of a pod's spec; what the scheduler only prefers, it may do otherwise.
   */
  String at(String node) {
    labelAsHome(node, "\"\"");
    return "\"nodeSelector\": {\"%s\": \"\"},".formatted(namespace);
  }

  /** Lets pods {@link #at} a node go to any other. */
  void openOtherNodes() {
    list("Node").forEach(node -> labelAsHome(name(node), "\"\""));
  }

  private void labelAsHome(String node, String value) {
    patch(
        path("Node").name(node),
        "{\"metadata\": {\"labels\": {\"%s\": %s}}}".formatted(namespace, value));
  }

  /** A workload whose pods are pinned to a node, or not if that is empty; awaits its pods. */
  JsonNode workload(String kind, String name, int replicas, String node, String morePodSpec) {
    String selector = node.isEmpty() ? "" : "\"nodeName\": \"%s\",".formatted(node);
    JsonNode created =
        create(
            kind,
            """
            {"metadata": {"name": "%1$s"}, "spec": {%5$s
             "selector": {"matchLabels": {"app": "%1$s"}}, "template": {
               "metadata": {"labels": {"app": "%1$s"}},
               "spec": {"terminationGracePeriodSeconds": 1, %3$s %4$s
                 "containers": [{"name": "main", "image": "nginx"}]}}}}
            """
                .formatted(
                    name,
                    replicas,
                    selector,
                    morePodSpec,
                    kind.equals("DaemonSet") ? "" : "\"replicas\": %d,".formatted(replicas)));
    await(name + " to run", () -> running(name).size() >= replicas);
    return created;
  }

  JsonNode deployment(String name, int replicas) {
    return workload("Deployment", name, replicas, "", "");
  }

  /** The pods of an app that run and are ready. */
  List<JsonNode> running(String app) {
    return pods().stream()
        .filter(pod -> pod.path("metadata").path("labels").path("app").asString("").equals(app))
        .filter(pod -> !pod.path("metadata").has("deletionTimestamp"))
        .filter(Stage::isReady)
        .toList();
  }

  static boolean isReady(JsonNode pod) {
    return pod.path("status")
        .path("conditions")
        .valueStream()
        .anyMatch(condition ->
            condition.path("type").asString("").equals("Ready")
                && condition.path("status").asString("").equals("True"));
  }

  /** A budget that its controller has seen. */
  void budget(String name, String app, int minAvailable) {
    create(
        "PodDisruptionBudget",
        """
        {"metadata": {"name": "%s"}, "spec": {"minAvailable": %d,
         "selector": {"matchLabels": {"app": "%s"}}}}
        """
            .formatted(name, minAvailable, app));
    await(
        "budget " + name,
        () ->
            get("PodDisruptionBudget", name).path("status").path("observedGeneration").asInt(0) > 0
                && get("PodDisruptionBudget", name).path("status").path("currentHealthy").asInt(0)
                    >= Math.min(minAvailable, running(app).size()));
  }

  /** A pod without a controller. */
  JsonNode barePod(String name, String node, String morePodSpec) {
    JsonNode created =
        create(
            "Pod",
            """
            {"metadata": {"name": "%s", "labels": {"app": "%1$s"}}, "spec": {"nodeName": "%s", %s
             "terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "x"}]}}
            """
                .formatted(name, node, morePodSpec));
    await(name + " to run", () -> running(name).size() == 1);
    return created;
  }

  void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        throw new AssertionError("waited 30 s in vain for " + what);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  /**
   * The evictions that the agent asked for in this namespace: on a node of the cluster a drain may
   * find what another test has just left behind.
   */
  List<ApiFront.Call> evictions() {
    String here = "/namespaces/" + namespace + "/";
    return front.calls().stream()
        .filter(call -> call.isEviction() && call.path().contains(here))
        .toList();
  }

  /** The agent's writes to paths that contain the text. */
  List<ApiFront.Call> writesTo(String text) {
    return front.calls().stream()
        .filter(call -> call.isWrite() && call.path().contains(text))
        .toList();
  }

  // The custom resource

  private void installDefinition() {
    ResourcePath path =
        ResourcePath.group("apiextensions.k8s.io", "v1", "customresourcedefinitions");
    String name = "agentactions.agent.mloptimizer.com";
    ObjectNode definition = json.createObjectNode();
    definition.put("apiVersion", "apiextensions.k8s.io/v1").put("kind", "CustomResourceDefinition");
    definition.putObject("metadata").put("name", name);
    definition.set("spec", AgentActionDefinition.SPEC);
    ApiAnswer answer = send(ApiRequest.post(path, definition));
    if (answer.statusCode() == 409) {
      JsonNode present = send(ApiRequest.get(path.name(name))).body();
      ObjectNode updated = ((ObjectNode) present).deepCopy();
      updated.set("spec", AgentActionDefinition.SPEC);
      answer = send(ApiRequest.put(path.name(name), updated));
    }
    assertThat(answer.isSuccess() || answer.statusCode() == 409).as(answer.summary()).isTrue();
  }
}
