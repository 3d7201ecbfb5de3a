package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The actions on a real API server, whose nodes may be simulated; {@code -Dit.kubeconfig=FILE}.
 * Works in a namespace of its own and leaves the nodes as they were.
 */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(120)
class ActuatorRealClusterIT {
  private final Path kubeconfig = Path.of(System.getProperty("it.kubeconfig", ""));
  private final JsonMapper json = new JsonMapper();
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final String namespace = "actuator-it-" + run;
  private KubernetesClient kubernetes;
  private ReferenceBackend backend;
  private RunningActuator agent;
  private int actions;

  @BeforeEach
  void start() throws Exception {
    kubernetes =
        KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
            .withKubeconfig(kubeconfig)
            .open("test");
    ApiAnswer answer =
        kubernetes.send(
            ApiRequest.post(
                ResourcePath.group("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
                definition()));
    assertThat(answer.isSuccess() || answer.statusCode() == 409).as(answer.summary()).isTrue();
    create(
        ResourcePath.core("namespaces"), "{\"metadata\": {\"name\": \"%s\"}}".formatted(namespace));
    backend = RunningActuator.startBackend();
    agent = new RunningActuator(kubeconfig, backend, false);
    agent.awaitReady();
  }

  @AfterEach
  void stop() throws Exception {
    kubernetes.send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    agent.close();
    backend.close();
    kubernetes.close();
  }

  @Test
  void cordonAndUncordon_twiceEach_changeOnceEach() throws Exception {
    String node = "{\"node_name\": \"%s\"}".formatted(someNode());
    assertThat(carryOut("cordon_node", node).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("cordon_node", node).outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(carryOut("uncordon_node", node).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("uncordon_node", node).outcome()).isEqualTo(Outcome.NO_CHANGE);
  }

  @Test
  void labelNode_invalidAndValid_saysWhatTheApiServerSays() throws Exception {
    String labels = "{\"node_name\": \"%s\", \"labels\": {\"it\": \"%s\"}%s}";
    String node = someNode();
    ActionResult invalid = carryOut("label_node", labels.formatted(node, "not valid!", ""));
    assertThat(invalid.reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
    assertThat(invalid.message()).contains("not valid!");
    assertThat(carryOut("label_node", labels.formatted(node, run, "")).outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("label_node", labels.formatted(node, run, ", \"remove\": true")).outcome())
        .isEqualTo(Outcome.CHANGED);
  }

  @Test
  void scaleEvictAndDrain_realDeploymentUnderABudget_neverViolateIt() throws Exception {
    deployment("web", 2);
    budget("web-budget", 1);
    String scale =
        "{\"kind\": \"Deployment\", \"namespace\": \"%s\", \"name\": \"web\", \"replicas\": %d, \"wait_seconds\": 30}";
    assertThat(carryOut("scale_workload", scale.formatted(namespace, 3)).outcome())
        .isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("scale_workload", scale.formatted(namespace, 3)).outcome())
        .isEqualTo(Outcome.NO_CHANGE);

    JsonNode pod = pods().path("items").path(0);
    String name = pod.path("metadata").path("name").stringValue();
    ActionResult evicted =
        carryOut(
            "evict_pod",
            "{\"namespace\": \"%s\", \"pod_name\": \"%s\", \"pod_uid\": \"%s\"}"
                .formatted(namespace, name, pod.path("metadata").path("uid").stringValue()));
    assertThat(evicted.outcome()).as(evicted.message()).isEqualTo(Outcome.CHANGED);
    awaitReady(3);

    String node = pods().path("items").path(0).path("spec").path("nodeName").stringValue();
    ActionResult drained = carryOut("drain_node", "{\"node_name\": \"%s\"}".formatted(node));
    assertThat(drained.outcome()).as(drained.message()).isEqualTo(Outcome.CHANGED);
    assertThat(
            StreamSupport.stream(pods().path("items").spliterator(), false)
                .filter(p -> p.path("spec").path("nodeName").asString("").equals(node)))
        .isEmpty();
    assertThat(carryOut("uncordon_node", "{\"node_name\": \"%s\"}".formatted(node)).outcome())
        .isEqualTo(Outcome.CHANGED);
  }

  @Test
  void evictPod_budgetNeverAllows_isBlockedAndNamesIt() throws Exception {
    deployment("web", 1);
    budget("web-budget", 1);
    String name = pods().path("items").path(0).path("metadata").path("name").stringValue();
    ActionResult result =
        carryOut(
            "evict_pod",
            "{\"namespace\": \"%s\", \"pod_name\": \"%s\", \"timeout_seconds\": 3}"
                .formatted(namespace, name));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(result.message()).contains("web-budget");
  }

  /** The chart's own definition, by way of the embedded cluster, which installs it too. */
  private JsonNode definition() {
    try (EmbeddedCluster embedded =
        EmbeddedCluster.builder().nodes(1).demoWorkloads(false).build()) {
      embedded.start();
      String kind = "CustomResourceDefinition";
      JsonNode installed =
          embedded
              .get("apiextensions.k8s.io/v1", kind, "", "agentactions.agent.mloptimizer.com")
              .orElseThrow();
      ObjectNode definition = json.createObjectNode();
      definition.put("apiVersion", "apiextensions.k8s.io/v1").put("kind", kind);
      definition.putObject("metadata").put("name", "agentactions.agent.mloptimizer.com");
      definition.set("spec", installed.path("spec"));
      return definition;
    }
  }

  private ActionResult carryOut(String type, String parameters) throws InterruptedException {
    return agent.carryOut("it-%s-%d".formatted(run, ++actions), type, parameters);
  }

  private String someNode() throws Exception {
    return kubernetes
        .send(ApiRequest.get(ResourcePath.core("nodes")))
        .body()
        .path("items")
        .path(0)
        .path("metadata")
        .path("name")
        .stringValue();
  }

  private JsonNode pods() throws Exception {
    return kubernetes.send(ApiRequest.get(ResourcePath.core("pods").namespace(namespace))).body();
  }

  private void deployment(String name, int replicas) throws Exception {
    create(
        ResourcePath.group("apps", "v1", "deployments").namespace(namespace),
        """
        {"metadata": {"name": "%1$s"}, "spec": {"replicas": %2$d,
         "selector": {"matchLabels": {"app": "%1$s"}}, "template": {
           "metadata": {"labels": {"app": "%1$s"}},
           "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "nginx"}]}}}}
        """
            .formatted(name, replicas));
    awaitReady(replicas);
  }

  private void budget(String name, int minAvailable) throws Exception {
    String body =
        "{\"metadata\": {\"name\": \"%s\"}, \"spec\": {\"minAvailable\": %d, \"selector\": {\"matchLabels\": {\"app\": \"web\"}}}}"
            .formatted(name, minAvailable);
    ResourcePath v1 = ResourcePath.group("policy", "v1", "poddisruptionbudgets");
    ApiAnswer answer =
        kubernetes.send(ApiRequest.post(v1.namespace(namespace), json.readTree(body)));
    String version = answer.isSuccess() ? "v1" : "v1beta1";
    ResourcePath path =
        ResourcePath.group("policy", version, "poddisruptionbudgets").namespace(namespace);
    if (!answer.isSuccess()) {
      create(path, body);
    }
    RunningActuator.await(
        "observed budget",
        () -> {
          try {
            JsonNode found = kubernetes.send(ApiRequest.get(path.name(name))).body();
            return found.path("status").path("observedGeneration").asInt(0) > 0
                ? Optional.of(true)
                : Optional.empty();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private void awaitReady(int replicas) {
    RunningActuator.await(
        "ready Deployment",
        () -> {
          try {
            JsonNode status =
                kubernetes
                    .send(
                        ApiRequest.get(
                            ResourcePath.group("apps", "v1", "deployments")
                                .namespace(namespace)
                                .name("web")))
                    .body()
                    .path("status");
            return status.path("readyReplicas").asInt(0) == replicas
                    && status.path("replicas").asInt(0) == replicas
                ? Optional.of(true)
                : Optional.empty();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private void create(ResourcePath path, String body) throws Exception {
    ApiAnswer answer = kubernetes.send(ApiRequest.post(path, json.readTree(body)));
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
  }
}
