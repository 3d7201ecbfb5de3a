package com.mloptimizer.agent.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.sandbox.cluster.ClusterClient.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class SimulationTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final EmbeddedCluster cluster = quick(7);
  private final ClusterClient client = new ClusterClient(cluster);

  private static EmbeddedCluster quick(long seed) {
    return EmbeddedCluster.builder()
        .seed(seed)
        .podStart(Duration.ofMillis(50))
        .longestGrace(Duration.ofMillis(100))
        .build();
  }

  @BeforeEach
  void start() {
    cluster.start();
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  private JsonNode object(String apiVersion, String kind, String namespace, String name) {
    return cluster.get(apiVersion, kind, namespace, name).orElseThrow();
  }

  private JsonNode deployment(String name) {
    return object("apps/v1", "Deployment", "shop", name);
  }

  private List<JsonNode> pods(String app) {
    return cluster.list("v1", "Pod", "shop").stream()
        .filter(pod -> pod.at("/metadata/labels/app").asString("").equals(app))
        .toList();
  }

  private void awaitDeployment(String name, Predicate<JsonNode> condition) throws Exception {
    assertThat(cluster.await(() -> condition.test(deployment(name)), SOON))
        .as(() -> deployment(name).toPrettyString())
        .isTrue();
  }

  private static String evicting(String pod) {
    return """
    {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "%s"}}\
    """
        .formatted(pod);
  }

  private Answer evict(String pod) throws Exception {
    return client.post("/api/v1/namespaces/shop/pods/" + pod + "/eviction", evicting(pod));
  }

  @Test
  void start_demo_everyPodReady() {
    List<JsonNode> pods = cluster.list("v1", "Pod", "");

    assertThat(pods).hasSizeBetween(50, 70);
    assertThat(pods).allMatch(pod -> pod.at("/status/phase").asString().equals("Running"));
    assertThat(deployment("frontend").at("/status/availableReplicas").asInt()).isEqualTo(6);
    Map<String, Integer> perNode = new TreeMap<>();
    pods("frontend")
        .forEach(p -> perNode.merge(p.at("/spec/nodeName").asString(), 1, Integer::sum));
    assertThat(perNode.values()).allMatch(count -> count == 1);
  }

  @Test
  void start_sameSeed_sameCluster() throws Exception {
    try (EmbeddedCluster twin = quick(7);
        EmbeddedCluster other = quick(8)) {
      twin.start();
      other.start();

      assertThat(fingerprint(twin)).isEqualTo(fingerprint(cluster));
      assertThat(fingerprint(other)).isNotEqualTo(fingerprint(cluster));
      try (ClusterClient twinClient = new ClusterClient(twin)) {
        String path = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/redis-0";
        assertThat(twinClient.get(path).body().path("containers"))
            .isEqualTo(client.get(path).body().path("containers"));
      }
    }
  }

  private static List<String> fingerprint(EmbeddedCluster cluster) {
    return cluster.list("v1", "Pod", "").stream()
        .map(pod ->
            pod.at("/metadata/name") + " " + pod.at("/metadata/uid") + pod.at("/spec/nodeName"))
        .toList();
  }

  @Test
  void evict_budgetSpent_429ThenAllowedAgain() throws Exception {
    cluster.apply(
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: cart, namespace: shop}
        spec: {minAvailable: 3, selector: {matchLabels: {app: cart}}}
        """);
    String pod = pods("cart").getFirst().at("/metadata/name").asString();

    Answer refused = evict(pod);

    assertThat(refused.code()).isEqualTo(429);
    assertThat(refused.message())
        .isEqualTo("Cannot evict pod as it would violate the pod's disruption budget.");
    assertThat(refused.body().at("/details/causes/0/reason").asString())
        .isEqualTo("DisruptionBudget");
    assertThat(refused.body().at("/details/causes/0/message").asString())
        .isEqualTo("The disruption budget cart needs 3 healthy pods and has 3 currently");

    client.patch(
        "/apis/apps/v1/namespaces/shop/deployments/cart/scale",
        ClusterClient.MERGE,
        "{\"spec\":{\"replicas\":4}}");
    awaitDeployment("cart", d -> d.at("/status/readyReplicas").asInt() == 4);
    assertThat(evict(pod).code()).isEqualTo(201);
    assertThat(cluster.await(() -> cluster.get("v1", "Pod", "shop", pod).isEmpty(), SOON)).isTrue();
    awaitDeployment("cart", d -> d.at("/status/readyReplicas").asInt() == 4);
  }

  @Test
  void evict_burst_neverPastTheBudget() throws Exception {
    List<String> names =
        pods("frontend").stream().map(p -> p.at("/metadata/name").asString()).toList();

    List<Integer> codes = names.parallelStream().map(this::evictUnchecked).toList();

    assertThat(codes.stream().filter(code -> code == 201).count()).isEqualTo(1);
    assertThat(codes.stream().filter(code -> code == 429).count()).isEqualTo(5);
  }

  private int evictUnchecked(String pod) {
    try {
      return evict(pod).code();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void evict_twoBudgets_500() throws Exception {
    for (String name : List.of("one", "two")) {
      cluster.apply(
          """
          apiVersion: policy/v1
          kind: PodDisruptionBudget
          metadata: {name: %s, namespace: shop}
          spec: {maxUnavailable: 1, selector: {matchLabels: {app: cart}}}
          """
              .formatted(name));
    }

    Answer answer = evict(pods("cart").getFirst().at("/metadata/name").asString());

    assertThat(answer.code()).isEqualTo(500);
    assertThat(answer.message()).startsWith("This pod has more than one PodDisruptionBudget");
  }

  @Test
  void cordon_thenUncordon_taintFollows() throws Exception {
    String node = "/api/v1/nodes/ip-10-0-1-11";
    client.patch(node, ClusterClient.STRATEGIC, "{\"spec\":{\"unschedulable\":true}}");
    assertThat(
            cluster.await(
                () ->
                    object("v1", "Node", "", "ip-10-0-1-11")
                        .at("/spec/taints/0/key")
                        .asString("")
                        .equals("node.kubernetes.io/unschedulable"),
                SOON))
        .isTrue();

    client.patch(node, ClusterClient.STRATEGIC, "{\"spec\":{\"unschedulable\":null}}");
    assertThat(
            cluster.await(
                () -> !object("v1", "Node", "", "ip-10-0-1-11").path("spec").has("taints"), SOON))
        .isTrue();
  }

  @Test
  void schedule_podThatFitsNowhere_pendingWithReason() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: huge, namespace: shop}
        spec: {containers: [{name: c, image: "x:1", resources: {requests: {cpu: "100"}}}]}
        """);

    assertThat(
            cluster.await(
                () ->
                    object("v1", "Pod", "shop", "huge")
                        .at("/status/conditions/0/message")
                        .asString("")
                        .equals("0/8 nodes are available: 8 Insufficient cpu."),
                SOON))
        .isTrue();
  }

  @Test
  void deployment_newImage_rollsOutWithinItsBounds() throws Exception {
    client.patch(
        "/apis/apps/v1/namespaces/shop/deployments/catalog",
        ClusterClient.STRATEGIC,
        """
        {"spec": {"template": {"spec": {"containers": [{"name": "catalog", "image": "c:2"}]}}}}\
        """);

    awaitDeployment(
        "catalog",
        d ->
            d.at("/status/observedGeneration").equals(d.at("/metadata/generation"))
                && d.at("/status/updatedReplicas").asInt() == 4
                && d.at("/status/availableReplicas").asInt() == 4
                && d.at("/status/replicas").asInt() == 4);
    assertThat(pods("catalog"))
        .filteredOn(pod -> !pod.path("metadata").has("deletionTimestamp"))
        .hasSize(4)
        .allMatch(pod -> pod.at("/spec/containers/0/image").asString().equals("c:2"));
    assertThat(deployment("catalog").at("/metadata/annotations").toString()).contains("\"2\"");
  }

  @Test
  void statefulSet_podDeleted_sameNameOtherUid() throws Exception {
    String before = object("v1", "Pod", "shop", "redis-1").at("/metadata/uid").asString();
    assertThat(evict("redis-1").code()).isEqualTo(201);

    assertThat(
            cluster.await(
                () ->
                    cluster
                        .get("v1", "Pod", "shop", "redis-1")
                        .filter(p -> !p.at("/metadata/uid").asString().equals(before))
                        .filter(p -> p.at("/status/phase").asString().equals("Running"))
                        .isPresent(),
                SOON))
        .isTrue();
  }

  @Test
  void delete_deployment_podsCollected() throws Exception {
    client.delete("/apis/apps/v1/namespaces/shop/deployments/search");

    assertThat(cluster.await(() -> pods("search").isEmpty(), SOON)).isTrue();
  }

  @Test
  void delete_namespace_emptiedAndGone() throws Exception {
    client.delete("/api/v1/namespaces/payments");

    Answer refused =
        client.post("/api/v1/namespaces/payments/configmaps", "{\"metadata\":{\"name\":\"late\"}}");
    assertThat(refused.code()).isIn(403, 404);
    assertThat(cluster.await(() -> cluster.get("v1", "Namespace", "", "payments").isEmpty(), SOON))
        .isTrue();
    assertThat(cluster.list("v1", "Pod", "payments")).isEmpty();
  }

  @Test
  void taint_noExecute_everyIntolerantPodExpelled() throws Exception {
    client.patch(
        "/api/v1/nodes/ip-10-0-1-11",
        ClusterClient.MERGE,
        "{\"spec\":{\"taints\":[{\"key\":\"bad\",\"effect\":\"NoExecute\"}]}}");

    assertThat(
            cluster.await(
                () ->
                    cluster.list("v1", "Pod", "").stream()
                        .filter(p -> p.at("/spec/nodeName").asString("").equals("ip-10-0-1-11"))
                        .allMatch(p -> p.path("metadata").has("deletionTimestamp")),
                SOON))
        .isTrue();
  }
}
