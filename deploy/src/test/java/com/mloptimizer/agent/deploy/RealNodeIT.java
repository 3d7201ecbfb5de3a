package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The chart and the image where they belong: a node that runs containers, with simulated ones
 * beside it to be drained. {@code -Dit.node.kubeconfig=FILE}; the image and the backend's ({@code
 * backend:local}) have been imported. The tests follow one another through a release's life.
 */
@EnabledIfSystemProperty(named = "it.node.kubeconfig", matches = ".+")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
class RealNodeIT {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final int INTERVAL_SECONDS = 5;
  private static final int PODS = 500;
  private static final long REQUESTED_BYTES = 256L << 20;

  private static final ResourcePath LEASE =
      ResourcePath.group("coordination.k8s.io", "v1", "leases")
          .namespace(Chart.NAMESPACE)
          .name(Chart.RELEASE);
  private static final ResourcePath DEPLOYMENTS = ResourcePath.group("apps", "v1", "deployments");
  private static final ResourcePath PODS_HERE =
      ResourcePath.core("pods").namespace(Chart.NAMESPACE);

  private static final ResourcePath PODS_OF_OTHERS = ResourcePath.core("pods").namespace("default");

  private static final JsonMapper JSON = new JsonMapper();
  private static RealCluster cluster;
  private static PortForward backend;

  @BeforeAll
  static void start() throws Exception {
    cluster = RealCluster.open(Path.of(System.getProperty("it.node.kubeconfig")), Chart.NAMESPACE);
    create(
        ResourcePath.core("namespaces"), "{'metadata': {'name': '%s'}}".formatted(Chart.NAMESPACE));
    create(
        ResourcePath.core("secrets").namespace(Chart.NAMESPACE),
        ("{'metadata': {'name': 'agent-credentials'},"
                + " 'stringData': {'api-key': 'an-api-key', 'secret-key': '%s'}}")
            .formatted(KEY));
    startBackend();
  }

  private static void startBackend() throws Exception {
    create(
        DEPLOYMENTS.namespace(Chart.NAMESPACE),
        ("{'metadata': {'name': 'backend'}, 'spec': {'selector': {'matchLabels': {'run':"
                + " 'backend'}}, 'template': {'metadata': {'labels': {'run': 'backend'}}, 'spec': {"
                + " 'nodeSelector': {'node.real': 'true'}, 'terminationGracePeriodSeconds': 1,"
                + " 'containers': [{'name': 'backend', 'image': 'backend:local', 'readinessProbe':"
                + " {'tcpSocket': {'port': 8081}, 'periodSeconds': 1}, 'env': [{'name': 'CLUSTER_ID',"
                + " 'value': 'real'}, {'name': 'API_KEY', 'value': 'an-api-key'}, {'name':"
                + " 'SECRET_KEY', 'value': '%s'}]}]}}}}")
            .formatted(KEY));
    create(
        ResourcePath.core("services").namespace(Chart.NAMESPACE),
        "{'metadata': {'name': 'backend'}, 'spec': {'selector': {'run': 'backend'},"
            + " 'ports': [{'name': 'http', 'port': 8080}, {'name': 'ws', 'port': 8081}]}}");
    RealCluster.await("a backend", () -> readyReplicas("backend") == 1);
    backend =
        PortForward.to(
            cluster.kubeconfig(), Chart.NAMESPACE, "deployment/backend", ClusterBackend.HTTP_PORT);
  }

  @AfterAll
  static void stop() {
    if (backend != null) {
      backend.close();
    }
  }

  @Test
  @Order(1)
  void install_podsGetReadyByTheirProbes() throws Exception {
    Instant started = Instant.now();
    Path values =
        Files.writeString(
            Files.createTempFile("values", ".yaml"),
            """
            cluster: {id: real}
            backend: {url: "http://backend:8080", wsUrl: "ws://backend:8081/agent", insecureTransport: true}
            collection: {intervalSeconds: %d}
            nodeSelector: {node.real: "true"}
            """
                .formatted(INTERVAL_SECONDS));
    new Helm(Chart.DIRECTORY)
        .install()
        .withName(Chart.RELEASE)
        .withNamespace(Chart.NAMESPACE)
        .withKubeConfig(cluster.kubeconfig())
        .withValuesFile(values)
        .call();

    RealCluster.await("two ready replicas", () -> readyReplicas(Chart.RELEASE) == 2);
    say(
        "two replicas ready after %d ms"
            .formatted(Duration.between(started, Instant.now()).toMillis()));
    for (JsonNode pod : agents()) {
      Instant containerStarted =
          Instant.parse(
              pod.at("/status/containerStatuses/0/state/running/startedAt").stringValue());
      say("  %s: container started %s, %s".formatted(name(pod), containerStarted, readySince(pod)));
      assertThat(pod.at("/status/containerStatuses/0/restartCount").asInt()).isZero();
    }
  }

  private static String readySince(JsonNode pod) {
    for (JsonNode condition : pod.at("/status/conditions")) {
      if (condition.path("type").stringValue().equals("Ready")) {
        return "ready " + condition.path("lastTransitionTime").stringValue();
      }
    }
    return "not ready";
  }

  @Test
  @Order(2)
  void http_forwarded_answersProbesAndMetrics() throws Exception {
    try (PortForward agent = forward(leader())) {
      assertThat(agent.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(agent.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(agent.get("/metrics").body()).contains("agent_build_info");
    }
  }

  @Test
  @Order(3)
  void helmTest_released_succeeds() {
    assertThat(
            Helm.test(Chart.RELEASE)
                .withNamespace(Chart.NAMESPACE)
                .withKubeConfig(cluster.kubeconfig())
                .withTimeout(60)
                .call()
                .getStatus())
        .isEqualTo("deployed");
  }

  @Test
  @Order(4)
  void metrics_collected_arriveAtTheBackend() throws Exception {
    RealCluster.await("batches", () -> seen().path("batches").size() > 2);
    assertThat(seen().path("connected").asBoolean()).isTrue();
  }

  @Test
  @Order(5)
  void drain_pushed_isCarriedOut() throws Exception {
    deploySimulated("few", 6);
    String node =
        cluster.list(PODS_OF_OTHERS, "run=few").getFirst().at("/spec/nodeName").stringValue();

    JsonNode result =
        carryOut("drain_node", "{'node_name': '%s', 'grace_period_seconds': 1}".formatted(node));

    say("drain: %s".formatted(result.path("message").asString()));
    assertThat(result.path("outcome").asString()).as("%s", result).isEqualTo("changed");
    assertThat(cluster.list(PODS_OF_OTHERS, "run=few"))
        .noneMatch(pod -> pod.at("/spec/nodeName").asString("").equals(node));
    carryOut("uncordon_node", "{'node_name': '%s'}".formatted(node));
  }

  /** Pods that run on simulated nodes; all of them get ready. */
  private static void deploySimulated(String name, int replicas) throws Exception {
    ResourcePath deployments = DEPLOYMENTS.namespace("default");
    create(
        deployments,
        ("{'metadata': {'name': '%s'}, 'spec': {'replicas': %d,"
                + " 'selector': {'matchLabels': {'run': '%s'}},"
                + " 'template': {'metadata': {'labels': {'run': '%s'}}, 'spec': {"
                + " 'terminationGracePeriodSeconds': 1,"
                + " 'affinity': {'nodeAffinity': {'requiredDuringSchedulingIgnoredDuringExecution':"
                + " {'nodeSelectorTerms': [{'matchExpressions':"
                + " [{'key': 'node.real', 'operator': 'DoesNotExist'}]}]}}},"
                + " 'containers': [{'name': 'main', 'image': 'none:1'}]}}}}")
            .formatted(name, replicas, name, name));
    RealCluster.await(
        replicas + " pods",
        () -> cluster.get(deployments.name(name)).at("/status/readyReplicas").asInt(0) == replicas);
  }

  @Test
  @Order(6)
  void memory_at500Pods_staysBelowTheRequest() throws Exception {
    deploySimulated("many", PODS);
    String leader = leader();
    int before = seen().path("batches").size();
    RealCluster.await("a few more batches", () -> seen().path("batches").size() > before + 10);
    JsonNode summary = cluster.get(ResourcePath.raw("/api/v1/nodes/real-node/proxy/stats/summary"));
    for (JsonNode pod : summary.path("pods")) {
      String name = pod.at("/podRef/name").asString("");
      if (name.startsWith(Chart.RELEASE)) {
        long bytes = pod.at("/containers/0/memory/workingSetBytes").asLong();
        say("  %s%s: %d MiB".formatted(name, name.equals(leader) ? " (leader)" : "", bytes >> 20));
        assertThat(bytes).as(name).isPositive().isLessThan(REQUESTED_BYTES);
      }
    }
  }

  @Test
  @Order(7)
  void leader_deleted_isFollowedByTheOther() throws Exception {
    String leader = leader();
    long deleted = System.nanoTime();
    cluster.send(ApiRequest.delete(PODS_HERE.name(leader)));

    RealCluster.await("another leader", () -> !leader().equals(leader) && !leader().isEmpty());
    say("another leader after %d ms".formatted((System.nanoTime() - deleted) / 1_000_000));
    JsonNode result =
        carryOut(
            "label_node",
            "{'node_name': '%s', 'labels': {'it': 'a'}}".formatted(someSimulatedNode()));
    assertThat(result.path("outcome").stringValue()).as("%s", result).isEqualTo("changed");
    RealCluster.await("two ready replicas", () -> readyReplicas(Chart.RELEASE) == 2);
  }

  @Test
  @Order(8)
  void upgrade_rolling_leavesNoGapAndLosesNoAction() throws Exception {
    Set<String> before = agents().stream().map(RealNodeIT::name).collect(Collectors.toSet());
    new Helm(Chart.DIRECTORY)
        .upgrade()
        .withName(Chart.RELEASE)
        .withNamespace(Chart.NAMESPACE)
        .withKubeConfig(cluster.kubeconfig())
        .reuseValues()
        .set("log.level", "DEBUG")
        .call();
    String id =
        push(
            "label_node",
            "{'node_name': '%s', 'labels': {'it': 'b'}}".formatted(someSimulatedNode()));
    RealCluster.await(
        "two other replicas",
        () ->
            readyReplicas(Chart.RELEASE) == 2
                && agents().stream().map(RealNodeIT::name).noneMatch(before::contains));
    int batches = seen().path("batches").size();
    RealCluster.await(
        "metrics of the new leader", () -> seen().path("batches").size() > batches + 6);

    assertThat(result(id).path("outcome").stringValue()).isIn("changed", "no_change");
    Duration gap = longestGap();
    say("longest gap between two collections: %d ms".formatted(gap.toMillis()));
    assertThat(gap).isLessThan(Duration.ofSeconds(2 * INTERVAL_SECONDS));
  }

  /** Between two batches of the last minute. */
  private static Duration longestGap() throws Exception {
    List<Instant> times =
        seen().path("batches").values().stream()
            .map(batch -> Instant.parse(batch.path("at").stringValue()))
            .filter(time -> time.isAfter(Instant.now().minusSeconds(60)))
            .sorted()
            .toList();
    Duration longest = Duration.ZERO;
    for (int i = 1; i < times.size(); i++) {
      Duration gap = Duration.between(times.get(i - 1), times.get(i));
      longest = gap.compareTo(longest) > 0 ? gap : longest;
    }
    return longest;
  }

  @Test
  @Order(9)
  void uninstall_afterwards_leavesTheRecordOnly() throws Exception {
    Helm.uninstall(Chart.RELEASE)
        .withNamespace(Chart.NAMESPACE)
        .withKubeConfig(cluster.kubeconfig())
        .call();

    RealCluster.await("no agent", () -> agents().isEmpty());
    assertThat(
            cluster.list(
                ResourcePath.group("agent.mloptimizer.com", "v1alpha1", "agentactions")
                    .namespace(Chart.NAMESPACE),
                ""))
        .isNotEmpty();
  }

  private static JsonNode carryOut(String type, String parameters) throws Exception {
    return result(push(type, parameters));
  }

  private static String push(String type, String parameters) throws Exception {
    JsonNode pushed =
        JSON.readTree(
            backend
                .post(
                    "/test/push",
                    json("{'type': '%s', 'parameters': %s}".formatted(type, parameters)).toString())
                .body());
    return pushed.path("id").stringValue();
  }

  private static JsonNode result(String id) throws Exception {
    RealCluster.await("the result of " + id, () -> seen().path("results").has(id));
    return seen().path("results").path(id);
  }

  private static JsonNode seen() throws IOException, InterruptedException {
    return JSON.readTree(backend.get("/test/seen").body().getBytes(StandardCharsets.UTF_8));
  }

  private static PortForward forward(String pod) throws IOException {
    return PortForward.to(cluster.kubeconfig(), Chart.NAMESPACE, "pod/" + pod, 8080);
  }

  /** The pod that holds the Lease; empty if nobody does. */
  private static String leader() throws IOException {
    String holder = cluster.get(LEASE).at("/spec/holderIdentity").asString("");
    return agents().stream().map(RealNodeIT::name).filter(holder::contains).findFirst().orElse("");
  }

  private static List<JsonNode> agents() throws IOException {
    return cluster.list(PODS_HERE, "app.kubernetes.io/name=kubernetes-agent");
  }

  private static String someSimulatedNode() throws IOException {
    return name(
        Objects.requireNonNull(
            cluster.list(ResourcePath.core("nodes"), "node.real!=true").getFirst()));
  }

  private static int readyReplicas(String deployment) throws IOException {
    return cluster
        .get(DEPLOYMENTS.namespace(Chart.NAMESPACE).name(deployment))
        .at("/status/readyReplicas")
        .asInt(0);
  }

  private static String name(JsonNode object) {
    return object.at("/metadata/name").stringValue();
  }

  private static void create(ResourcePath path, String json) throws IOException {
    cluster.create(path, json(json).toString());
  }

  private static JsonNode json(String withSingleQuotes) {
    return JSON.readTree(withSingleQuotes.replace('\'', '"'));
  }

  private static void say(String line) {
    System.out.println("[real node] " + line);
  }
}
