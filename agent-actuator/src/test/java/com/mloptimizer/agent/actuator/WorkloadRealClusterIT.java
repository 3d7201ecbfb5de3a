package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;

/** Scales, updates and restarts on a real API server; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(120)
class WorkloadRealClusterIT {
  private static final String RESTARTED_AT =
      "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";

  private Stage stage;

  @BeforeEach
  void start() throws Exception {
    stage = Stage.real();
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void case22_scaleEqual_isNoChangeWithoutAWrite() throws Exception {
    stage.deployment("web", 2);
    assertThat(stage.carryOut("scale_workload", scale("Deployment", "web", 2, "")).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.writesTo("/scale")).isEmpty();
  }

  @Test
  void case22_scaleUnderAnAutoscaler_isRefusedAndItIsNamed() throws Exception {
    stage.deployment("web", 2);
    stage.create(
        "HorizontalPodAutoscaler",
        """
        {"metadata": {"name": "web-scaler"}, "spec": {"minReplicas": 1, "maxReplicas": 5,
         "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}
        """);
    ActionResult result = stage.carryOut("scale_workload", scale("Deployment", "web", 3, ""));
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.UNSAFE);
    assertThat(result.message()).contains("web-scaler");
    ActionResult update = stage.carryOut("update_deployment", update("web", "\"replicas\": 3"));
    assertThat(update.message()).contains("web-scaler");
    assertThat(replicas("web")).isEqualTo(2);
  }

  @Test
  void scaleWorkload_everyKindWithWait_endsWhenThePodsAreThere() throws Exception {
    stage.deployment("web", 1);
    stage.workload("StatefulSet", "db", 1, "", "");
    stage.create(
        "ReplicaSet",
        """
        {"metadata": {"name": "old"}, "spec": {"replicas": 1,
         "selector": {"matchLabels": {"app": "old"}}, "template": {
           "metadata": {"labels": {"app": "old"}},
           "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}}
        """);
    for (String target : List.of("Deployment/web", "StatefulSet/db", "ReplicaSet/old")) {
      String kind = target.substring(0, target.indexOf('/'));
      String name = target.substring(target.indexOf('/') + 1);
      ActionResult result =
          stage.carryOut("scale_workload", scale(kind, name, 3, ", \"wait_seconds\": 60"));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
      assertThat(stage.get(kind, name).path("status").path("replicas").asInt(0)).isEqualTo(3);
    }
  }

  @Test
  void scaleWorkload_ownedByADeployment_isRefusedAndTheOwnerIsNamed() throws Exception {
    stage.deployment("web", 1);
    String replicaSet = Stage.name(stage.list("ReplicaSet").getFirst());
    ActionResult result = stage.carryOut("scale_workload", scale("ReplicaSet", replicaSet, 3, ""));
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.message()).contains("Deployment web");
  }

  @Test
  void case23_unknownContainer_changesNothingAndNamesTheOnesThereAre() throws Exception {
    stage.deployment("web", 1);
    String before = containers("web");
    ActionResult result =
        stage.carryOut(
            "update_deployment", update("web", "\"image\": \"x:2\", \"container\": \"sidecar\""));
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.reason()).isEqualTo(RejectionReason.INVALID_PARAMETERS);
    assertThat(result.message()).contains("main");
    assertThat(containers("web")).isEqualTo(before);
    assertThat(stage.writesTo("/deployments/")).isEmpty();
  }

  @Test
  void updateDeployment_imageAndResources_rollsOutAndRemovesALimit() throws Exception {
    stage.deployment("web", 2);
    ActionResult result =
        stage.carryOut(
            "update_deployment",
            update(
                "web",
                "\"image\": \"nginx:2\", \"wait_seconds\": 60, \"resources\":"
                    + " {\"requests\": {\"cpu\": \"100m\"}, \"limits\": {\"cpu\": \"1\"}}"));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
    assertThat(result.details().at("/before/image").asString("")).isEqualTo("nginx");
    assertThat(stage.running("web")).hasSize(2).allMatch(pod -> pod.toString().contains("nginx:2"));
    assertThat(Kubectl.run("-n", stage.namespace, "rollout", "status", "deploy/web"))
        .contains("successfully rolled out");

    String equal =
        "\"image\": \"nginx:2\", \"resources\": {\"requests\": {\"cpu\": \"0.1\"}, \"limits\":"
            + " {\"cpu\": \"1000m\"}}";
    assertThat(stage.carryOut("update_deployment", update("web", equal)).outcome())
        .isEqualTo(Outcome.NO_CHANGE);
    ActionResult removed =
        stage.carryOut(
            "update_deployment", update("web", "\"resources\": {\"limits\": {\"cpu\": null}}"));
    assertThat(removed.outcome()).as(removed.message()).isEqualTo(Outcome.CHANGED);
    assertThat(containers("web")).contains("100m").doesNotContain("limits\":{\"cpu");
  }

  @Test
  void updateDeployment_nothingOrNonsense_isInvalid() throws Exception {
    stage.deployment("web", 1);
    assertThat(stage.carryOut("update_deployment", update("web", "\"wait_seconds\": 0")).reason())
        .isEqualTo(RejectionReason.INVALID_PARAMETERS);
    ActionResult nonsense =
        stage.carryOut(
            "update_deployment", update("web", "\"resources\": {\"limits\": {\"cpu\": \"lots\"}}"));
    assertThat(nonsense.reason())
        .as(nonsense.message())
        .isEqualTo(RejectionReason.INVALID_PARAMETERS);
  }

  @Test
  void updateDeployment_paused_changesAndSaysThatNothingRollsOut() throws Exception {
    stage.deployment("web", 1);
    Kubectl.run("-n", stage.namespace, "rollout", "pause", "deploy/web");
    ActionResult result =
        stage.carryOut(
            "update_deployment", update("web", "\"image\": \"nginx:2\", \"wait_seconds\": 30"));
    assertThat(result.outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(result.message()).contains("paused");
    assertThat(stage.running("web")).noneMatch(pod -> pod.toString().contains("nginx:2"));
  }

  @Test
  void case24_quotaKeepsThePodsOut_isFailedWithItsMessage() throws Exception {
    stage.deployment("web", 1);
    stage.create(
        "ResourceQuota",
        "{\"metadata\": {\"name\": \"few\"}, \"spec\": {\"hard\": {\"pods\": \"1\"}}}");
    stage.await(
        "the quota to count",
        () -> stage.get("ResourceQuota", "few").at("/status/used/pods").asString("").equals("1"));
    ActionResult result =
        stage.carryOut("update_deployment", update("web", "\"replicas\": 2, \"wait_seconds\": 60"));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.FAILED);
    assertThat(result.message()).contains("ReplicaFailure", "exceeded quota");
    assertThat(result.details().at("/after/replicas").asInt(0)).isEqualTo(2);
  }

  @Test
  void updateDeployment_progressDeadlineExceeded_isFailedWithItsMessage() throws Exception {
    stage.deployment("web", 1);
    stage.patch(
        stage.path("Deployment").name("web"),
        "{\"spec\": {\"progressDeadlineSeconds\": 2, \"template\": {\"metadata\":"
            + " {\"annotations\": {\"sim/never-ready\": \"true\"}}}}}");
    ActionResult result =
        stage.carryOut(
            "update_deployment", update("web", "\"image\": \"nginx:3\", \"wait_seconds\": 60"));
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.FAILED);
    assertThat(result.message()).contains("ProgressDeadlineExceeded");
  }

  @Test
  void case25_restartRedelivered_isOneRollout() throws Exception {
    stage.deployment("web", 2);
    Instant issuedAt = Instant.now().minusSeconds(5);
    String parameters =
        "{\"kind\": \"Deployment\", \"namespace\": \"NS\", \"name\": \"web\", \"wait_seconds\": 60}";
    ActionResult first = stage.result(stage.submit("restart_rollout", parameters, issuedAt));
    assertThat(first.outcome()).as(first.message()).isEqualTo(Outcome.CHANGED);
    List<String> uids = stage.running("web").stream().map(Stage::uid).toList();
    ActionResult again = stage.result(stage.submit("restart_rollout", parameters, issuedAt));
    assertThat(again.outcome()).as(again.message()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(stage.running("web").stream().map(Stage::uid))
        .containsExactlyInAnyOrderElementsOf(uids);
    assertThat(stage.list("ReplicaSet")).hasSize(2);
    assertThat(stage.writesTo("/deployments/")).hasSize(1);
  }

  @Test
  void restartRollout_everyKind_writesWhatKubectlWritesAndWaits() throws Exception {
    stage.deployment("web", 1);
    stage.workload("StatefulSet", "db", 2, "", "");
    stage.workload("DaemonSet", "logs", 1, "", "");
    for (String target : List.of("Deployment/web", "StatefulSet/db", "DaemonSet/logs")) {
      String kind = target.substring(0, target.indexOf('/'));
      String name = target.substring(target.indexOf('/') + 1);
      ActionResult result =
          stage.carryOut(
              "restart_rollout",
              "{\"kind\": \"%s\", \"namespace\": \"NS\", \"name\": \"%s\", \"wait_seconds\": 60}"
                  .formatted(kind, name));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.CHANGED);
      assertThat(stage.get(kind, name).at(RESTARTED_AT).isString()).isTrue();
      assertThat(Kubectl.run("-n", stage.namespace, "rollout", "status", "--watch=false", target))
          .as("kubectl agrees that it is done")
          .doesNotContain("Waiting");
      assertThat(stage.running(name))
          .isNotEmpty()
          .allMatch(pod -> pod.toString().contains("restartedAt"));
    }
    JsonNode ours = stage.get("Deployment", "web").at("/spec/template/metadata/annotations");
    Kubectl.run("-n", stage.namespace, "rollout", "restart", "deploy/web");
    JsonNode kubectls = stage.get("Deployment", "web").at("/spec/template/metadata/annotations");
    assertThat(kubectls.propertyNames()).isEqualTo(ours.propertyNames());
  }

  @Test
  void restartRollout_pausedOrOnDelete_isRefused() throws Exception {
    stage.deployment("web", 1);
    Kubectl.run("-n", stage.namespace, "rollout", "pause", "deploy/web");
    stage.workload("StatefulSet", "db", 1, "", "");
    stage.patch(
        stage.path("StatefulSet").name("db"),
        "{\"spec\": {\"updateStrategy\": {\"type\": \"OnDelete\", \"rollingUpdate\": null}}}");
    for (String target :
        List.of("\"Deployment\", \"name\": \"web\"", "\"StatefulSet\", \"name\": \"db\"")) {
      ActionResult result =
          stage.carryOut(
              "restart_rollout", "{\"namespace\": \"NS\", \"kind\": %s}".formatted(target));
      assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.REFUSED);
      assertThat(result.reason()).isEqualTo(RejectionReason.UNSAFE);
    }
  }

  @Test
  void resizePod_clusterWithoutTheSubresource_isUnsupported() throws Exception {
    stage.deployment("web", 1);
    String pod = Stage.name(stage.running("web").getFirst());
    ActionResult result =
        stage.carryOut(
            "resize_pod",
            """
            {"namespace": "NS", "pod_name": "%s", "container": "main",
             "resources": {"requests": {"cpu": "2"}}}
            """
                .formatted(pod));
    boolean has = Kubectl.run("get", "--raw", "/api/v1").contains("\"pods/resize\"");
    assertThat(result.outcome() == Outcome.UNSUPPORTED).as(result.message()).isNotEqualTo(has);
  }

  private int replicas(String name) {
    return stage.get("Deployment", name).path("spec").path("replicas").asInt(-1);
  }

  private String containers(String name) {
    return stage.get("Deployment", name).at("/spec/template/spec/containers").toString();
  }

  private static String update(String name, String more) {
    return "{\"namespace\": \"NS\", \"deployment_name\": \"%s\", %s}".formatted(name, more);
  }

  private static String scale(String kind, String name, int replicas, String more) {
    return "{\"kind\": \"%s\", \"namespace\": \"NS\", \"name\": \"%s\", \"replicas\": %d%s}"
        .formatted(kind, name, replicas, more);
  }
}
