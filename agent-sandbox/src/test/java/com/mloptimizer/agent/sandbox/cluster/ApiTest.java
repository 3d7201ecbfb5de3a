package com.mloptimizer.agent.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.sandbox.cluster.ClusterClient.Answer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(30)
class ApiTest {
  private static final String NODES = "/api/v1/nodes";
  private static final String NODE = NODES + "/ip-10-0-1-11";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String ACTIONS =
      "/apis/agent.mloptimizer.com/v1alpha1/namespaces/ml-optimizer/agentactions";
  private static final String ACTION =
      """
      {"apiVersion": "agent.mloptimizer.com/v1alpha1", "kind": "AgentAction",
       "metadata": {"name": "act-1"},
       "spec": {"type": "cordon_node", "target": "node/a", "source": "%s", "surprise": 1,
         "envelope": "{}"}}
      """;

  private final EmbeddedCluster cluster = EmbeddedCluster.builder().build();
  private final ClusterClient client = new ClusterClient(cluster);

  @BeforeEach
  void start() {
    cluster.start();
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  @Test
  void get_wrongToken_unauthorized() throws Exception {
    assertThat(client.withToken(NODES, "wrong").code()).isEqualTo(401);
    assertThat(client.withToken("/healthz", "wrong").code()).isEqualTo(401);
    assertThat(client.withToken("/version", "wrong").code()).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "/api/v1/pods/nothing/at/all, 404",
    "/api/v1/unknown, 404",
    "/apis/apps/v1/namespaces/shop/deployments/nope, 404",
    "/nowhere, 404",
    "/api/v1/pods?labelSelector=a%3D%3D%3Db, 400",
    "/api/v1/pods?fieldSelector=spec.foo%3Db, 400",
    "/api/v1/pods?limit=x, 400",
    "/api/v1/pods?continue=%21, 400",
  })
  void get_nonsense_refused(String path, int code) throws Exception {
    assertThat(client.get(path).code()).isEqualTo(code);
  }

  @Test
  void list_pages_everyPodOnceAsOfOneVersion() throws Exception {
    Set<String> seen = new HashSet<>();
    String token = "";
    String version = "";
    do {
      JsonNode page = client.get("/api/v1/pods?limit=7&continue=" + token).body();
      page.path("items").forEach(pod -> seen.add(pod.at("/metadata/uid").asString()));
      token = page.at("/metadata/continue").asString("");
      if (version.isEmpty()) {
        version = page.at("/metadata/resourceVersion").asString();
        cluster.delete("v1", "Pod", "shop", "redis-2");
      }
      assertThat(page.at("/metadata/resourceVersion").asString()).isEqualTo(version);
    } while (!token.isEmpty());

    assertThat(seen).hasSize(cluster.list("v1", "Pod", "").size());
  }

  @Test
  void list_continueAfterCompaction_gone() throws Exception {
    String token = client.get("/api/v1/pods?limit=5").body().at("/metadata/continue").asString();
    client.patch(NODE, ClusterClient.MERGE, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    cluster.faults().expireHistory();

    Answer answer = client.get("/api/v1/pods?limit=5&continue=" + token);

    assertThat(answer.code()).isEqualTo(410);
    assertThat(answer.reason()).isEqualTo("Expired");
  }

  @Test
  void list_fieldSelector_onlyThatNodesPods() throws Exception {
    JsonNode pods =
        client
            .get("/api/v1/pods?fieldSelector=spec.nodeName%3Dip-10-0-1-11,status.phase!%3DFailed")
            .body()
            .path("items");

    assertThat(pods).isNotEmpty();
    assertThat(pods).allMatch(p -> p.at("/spec/nodeName").asString().equals("ip-10-0-1-11"));
  }

  @Test
  void list_otherForms_tableAndMetadata() throws Exception {
    JsonNode table =
        client.get(NODES, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").body();
    JsonNode partial =
        client
            .get(NODES, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
            .body();

    assertThat(table.path("kind").asString()).isEqualTo("Table");
    assertThat(table.at("/rows/0/cells/1").asString()).isEqualTo("Ready");
    assertThat(partial.path("kind").asString()).isEqualTo("PartialObjectMetadataList");
    assertThat(partial.at("/items/0").has("spec")).isFalse();
    assertThat(client.get(NODES, "application/vnd.kubernetes.protobuf").code()).isEqualTo(406);
  }

  @Test
  void put_staleVersion_conflict() throws Exception {
    Answer created =
        client.post(MAPS, "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"},\"data\":{}}");
    assertThat(created.code()).isEqualTo(201);
    String body = created.body().toString();
    assertThat(
            client.put(MAPS + "/m", body.replace("\"data\":{}", "\"data\":{\"a\":\"1\"}")).code())
        .isEqualTo(200);

    Answer stale = client.put(MAPS + "/m", body);

    assertThat(stale.code()).isEqualTo(409);
    assertThat(stale.message()).contains("the object has been modified");
  }

  @Test
  void patch_dryRun_nothingChanged() throws Exception {
    Answer planned =
        client.patch(
            NODE + "?dryRun=All", ClusterClient.MERGE, "{\"spec\":{\"unschedulable\":true}}");

    assertThat(planned.body().at("/spec/unschedulable").asBoolean()).isTrue();
    assertThat(client.get(NODE).body().at("/spec/unschedulable").asBoolean(false)).isFalse();
  }

  @Test
  void patch_statusThroughMainResource_ignored() throws Exception {
    String path = "/apis/apps/v1/namespaces/shop/deployments/cart";
    Answer answer = client.patch(path, ClusterClient.MERGE, "{\"status\":{\"replicas\":77}}");

    assertThat(answer.body().at("/status/replicas").asInt()).isEqualTo(3);
  }

  @Test
  void patch_invalidLabel_messageAsKubernetes() throws Exception {
    Answer answer =
        client.patch(NODE, ClusterClient.MERGE, "{\"metadata\":{\"labels\":{\"a\":\"b!\"}}}");

    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.message())
        .startsWith(
            "Node \"ip-10-0-1-11\" is invalid: metadata.labels: Invalid value: \"b!\": a valid"
                + " label must be an empty string");
    assertThat(answer.body().at("/details/causes/0/field").asString()).isEqualTo("metadata.labels");
  }

  @Test
  void delete_wrongUidPrecondition_conflict() throws Exception {
    Answer answer =
        client.post(
            "/api/v1/namespaces/shop/pods/redis-0/eviction",
            """
            {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "redis-0"},
             "deleteOptions": {"preconditions": {"uid": "other"}}}
            """);

    assertThat(answer.code()).isEqualTo(409);
    assertThat(answer.message()).contains("the UID in the precondition (other) does not match");
  }

  @Test
  void deny_verb_callAndReviewSayNo() throws Exception {
    cluster.deny("list", "", "pods");

    Answer listed = client.get("/api/v1/pods");
    Answer review =
        client.post(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            """
            {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
             "spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}
            """);

    assertThat(listed.code()).isEqualTo(403);
    assertThat(listed.message())
        .isEqualTo(
            "pods is forbidden: User \"system:serviceaccount:ml-optimizer:ml-agent\" cannot list"
                + " resource \"pods\" in API group \"\" at the cluster scope");
    assertThat(review.code()).isEqualTo(201);
    assertThat(review.body().at("/status/allowed").asBoolean()).isFalse();
    assertThat(client.get("/api/v1/namespaces/shop/pods/redis-0").code()).isEqualTo(200);
  }

  @Test
  void agentAction_createdTwice_secondAlreadyExists() throws Exception {
    Answer first = client.post(ACTIONS, ACTION.formatted("poll"));
    Answer second = client.post(ACTIONS, ACTION.formatted("poll"));

    assertThat(first.code()).isEqualTo(201);
    assertThat(first.body().path("spec").has("surprise")).isFalse();
    assertThat(second.code()).isEqualTo(409);
    assertThat(second.reason()).isEqualTo("AlreadyExists");
  }

  @Test
  void agentAction_againstItsSchema_invalidWithCauses() throws Exception {
    Answer wrong = client.post(ACTIONS, ACTION.formatted("pigeon"));
    Answer missing = client.post(ACTIONS, "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":5}}");

    assertThat(wrong.code()).isEqualTo(422);
    assertThat(wrong.message())
        .contains("spec.source: Unsupported value: \"pigeon\"", "\"websocket\", \"poll\"");
    assertThat(missing.message())
        .contains("spec.envelope: Required value", "spec.type in body must be of type string");
  }

  @Test
  void agentAction_statusSubresource_onlyStatusWritten() throws Exception {
    client.post(ACTIONS, ACTION.formatted("poll"));
    String patch = "{\"spec\":{\"type\":\"x\"},\"status\":{\"phase\":\"Running\",\"attempts\":1}}";

    Answer patched = client.patch(ACTIONS + "/act-1/status", ClusterClient.MERGE, patch);
    Answer strategic = client.patch(ACTIONS + "/act-1", ClusterClient.STRATEGIC, patch);

    assertThat(patched.body().at("/status/phase").asString()).isEqualTo("Running");
    assertThat(patched.body().at("/spec/type").asString()).isEqualTo("cordon_node");
    assertThat(patched.body().at("/metadata/generation").asInt()).isEqualTo(1);
    assertThat(strategic.code()).isEqualTo(415);
  }

  @Test
  void agentAction_definitionDeleted_resourceGone() throws Exception {
    client.post(ACTIONS, ACTION.formatted("poll"));
    client.delete(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/agentactions.agent.mloptimizer.com");

    assertThat(client.get(ACTIONS).code()).isEqualTo(404);
    assertThat(client.get("/apis/agent.mloptimizer.com/v1alpha1").code()).isEqualTo(404);
  }

  @Test
  void metrics_states_servedAbsentUnavailable() throws Exception {
    JsonNode nodes = client.get("/apis/metrics.k8s.io/v1beta1/nodes").body();
    assertThat(nodes.path("items")).hasSize(8);
    assertThat(nodes.at("/items/0/usage/cpu").asString()).endsWith("n");

    cluster.metrics(MetricsApiState.UNAVAILABLE);
    assertThat(client.get("/apis/metrics.k8s.io/v1beta1/nodes").code()).isEqualTo(503);
    cluster.metrics(MetricsApiState.ABSENT);
    assertThat(client.get("/apis/metrics.k8s.io/v1beta1/nodes").code()).isEqualTo(404);
    assertThat(client.get("/apis").body().toString()).doesNotContain("metrics.k8s.io");
  }

  @Test
  void metrics_newPod_noSampleYet() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: fresh, namespace: shop, annotations: {sim/start-seconds: "0"}}
        spec: {containers: [{name: c, image: "x:1"}]}
        """);
    assertThat(
            cluster.await(
                () ->
                    cluster
                        .get("v1", "Pod", "shop", "fresh")
                        .orElseThrow()
                        .at("/status/phase")
                        .asString()
                        .equals("Running"),
                Duration.ofSeconds(10)))
        .isTrue();

    assertThat(client.get("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/fresh").code())
        .isEqualTo(404);
    assertThat(client.get("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/redis-0").code())
        .isEqualTo(200);
  }

  @Test
  void discovery_evictionAndScale_namedWithTheirGroups() throws Exception {
    String core = client.get("/api/v1").body().toString();
    String apps = client.get("/apis/apps/v1").body().toString();

    assertThat(core).contains("\"name\":\"pods/eviction\"").contains("\"group\":\"policy\"");
    assertThat(apps).contains("\"name\":\"deployments/scale\"");
    assertThat(client.get("/version").body().path("gitVersion").asString()).isEqualTo("v1.34.0");
  }
}
