package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What an API server and its helpers get wrong for a while; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(150)
class FaultsRealClusterIT {
  private static final ResourcePath WEBHOOKS =
      ResourcePath.group("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations");
  private static final ResourcePath ROLES =
      ResourcePath.group("rbac.authorization.k8s.io", "v1", "clusterroles");
  private static final ResourcePath BINDINGS =
      ResourcePath.group("rbac.authorization.k8s.io", "v1", "clusterrolebindings");

  private final JsonMapper json = new JsonMapper();
  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void start() throws Exception {
    stage = Stage.real();
  }

  @AfterEach
  void stop() {
    for (ResourcePath path : Stream.of(WEBHOOKS, ROLES, BINDINGS).toList()) {
      stage.send(ApiRequest.delete(path.name(stage.namespace)));
    }
    stage.close();
  }

  @Test
  void case09_webhookFailsOnceThenAllows_succeeds() throws Exception {
    stage.deployment("web", 1);
    JsonNode pod = stage.running("web").getFirst();
    try (AdmissionWebhook webhook = new AdmissionWebhook(directory)) {
      stage.create(
          WEBHOOKS, webhook.configuration(stage.namespace, "*", "CREATE", "pods/eviction"));
      stage.await(
          "the API server to ask the webhook",
          () -> {
            evictDry(pod);
            return webhook.asked() > 0;
          });
      webhook.failNext(2);
      ActionResult result =
          stage.carryOut(
              "evict_pod",
              "{\"namespace\": \"NS\", \"pod_name\": \"%s\"}".formatted(Stage.name(pod)));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
      assertThat(stage.evictions()).as("failed twice, then accepted").hasSize(3);
    }
  }

  @Test
  void webhookDeniesChangesOfSomeEntries_othersAreCarriedOutMeanwhile() throws Exception {
    stage.deployment("web", 1);
    try (AdmissionWebhook webhook = new AdmissionWebhook(directory)) {
      webhook.deny(entry -> entry.at("/spec/type").asString("").equals("evict_pod"));
      stage.create(
          WEBHOOKS,
          webhook.configuration(
              stage.namespace, "agent.mloptimizer.com", "UPDATE", "agentactions/status"));
      while (webhook.asked() == 0) { // Until the API server has heard of it.
        stage.carryOut("scale_workload", scale(1));
      }
      List<String> denied = new ArrayList<>();
      for (int i = 0; i < 6; i++) { // More than are worked on at once.
        denied.add(
            stage.submit(
                "evict_pod", "{\"namespace\": \"NS\", \"pod_name\": \"none-%d\"}".formatted(i)));
      }
      int asked = webhook.asked();
      stage.await("their refusals", () -> webhook.asked() >= asked + 6);
      ActionResult result = stage.carryOut("scale_workload", scale(2));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
      stage.send(ApiRequest.delete(WEBHOOKS.name(stage.namespace)));
      for (String id : denied) {
        assertThat(stage.result(id).outcome()).isEqualTo(Outcome.NO_CHANGE);
      }
    }
  }

  private static String scale(int replicas) {
    return "{\"kind\": \"Deployment\", \"namespace\": \"NS\", \"name\": \"web\", \"replicas\": %d}"
        .formatted(replicas);
  }

  @Test
  void case10_notAllowedToEvict_isFailedAtOnceAndNamesVerbAndResource() throws Exception {
    stage.deployment("web", 1);
    JsonNode pod = stage.running("web").getFirst();
    stage.create(
        ROLES,
        """
        {"metadata": {"name": "NS"}, "rules": [
          {"apiGroups": ["agent.mloptimizer.com"], "resources": ["*"], "verbs": ["*"]},
          {"apiGroups": [""], "resources": ["pods", "nodes", "events"],
           "verbs": ["get", "list", "patch", "create"]}]}
        """);
    stage.create("ServiceAccount", "{\"metadata\": {\"name\": \"weak\"}}");
    stage.create(
        BINDINGS,
        """
        {"metadata": {"name": "NS"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "NS"},
         "subjects": [{"kind": "ServiceAccount", "name": "weak", "namespace": "NS"}]}
        """);
    try (KubernetesClient weak = Stage.open(kubeconfigOf("weak"))) {
      stage.front.behind(weak);
      long start = System.nanoTime();
      ActionResult result =
          stage.carryOut(
              "evict_pod",
              "{\"namespace\": \"NS\", \"pod_name\": \"%s\"}".formatted(Stage.name(pod)));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.FAILED);
      assertThat(result.message()).contains("cannot create resource", "pods/eviction");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      assertThat(stage.evictions()).hasSize(1);
    } finally {
      stage.front.behind(stage.direct);
    }
  }

  @Test
  void case28_apiServerGoesAwayFor30SecondsInADrain_resumesAndFinishes() throws Exception {
    String node = stage.cleanNode(0);
    stage.workload("Deployment", "held", 2, "", stage.at(node));
    stage.openOtherNodes();
    stage.budget("held-budget", "held", 2);
    try {
      String id =
          stage.submit(
              "drain_node", "{\"node_name\": \"%s\", \"timeout_seconds\": 120}".formatted(node));
      stage.await("the drain to be blocked", () -> !stage.evictions().isEmpty());
      stage.front.goAway();
      pass(Duration.ofSeconds(5)); // What was under way has been answered.
      stage.delete("PodDisruptionBudget", "held-budget");
      pass(Duration.ofSeconds(25));
      assertThat(stage.podsOn(node)).as("nothing happens without the API server").hasSize(2);
      stage.front.comeBack();
      ActionResult result = stage.result(id);
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
      assertThat(result.attempts()).isEqualTo(1);
      assertThat(stage.podsOn(node)).isEmpty();
      assertThat(stage.isCordoned(node)).isTrue();
    } finally {
      stage.uncordon(node);
    }
  }

  /** The length of the outage is what is tested. */
  private static void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - until < 0) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  private void evictDry(JsonNode pod) {
    ObjectNode eviction = json.createObjectNode();
    eviction.put("apiVersion", "policy/v1beta1").put("kind", "Eviction");
    eviction.putObject("metadata").put("name", Stage.name(pod)).put("namespace", stage.namespace);
    eviction.putObject("deleteOptions").putArray("dryRun").add("All");
    stage.send(
        ApiRequest.post(stage.path("Pod").name(Stage.name(pod)).subresource("eviction"), eviction)
            .dryRun());
  }

  /** The cluster's kubeconfig with the token of a ServiceAccount. */
  private Path kubeconfigOf(String account) throws Exception {
    ApiAnswer token =
        stage.send(
            ApiRequest.post(
                stage.path("ServiceAccount").name(account).subresource("token"),
                json.readTree(
                    "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenRequest\","
                        + " \"spec\": {}}")));
    assumeThat(token.isSuccess()).as(token.summary()).isTrue();
    ObjectNode config =
        (ObjectNode)
            json.readTree(Kubectl.run("config", "view", "--raw", "--minify", "-o", "json"));
    ObjectNode user = (ObjectNode) config.path("users").path(0);
    user.putObject("user").put("token", token.body().at("/status/token").asString(""));
    return Files.writeString(directory.resolve("weak"), config.toString());
  }
}
