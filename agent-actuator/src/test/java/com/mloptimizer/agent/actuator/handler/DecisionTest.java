package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionParameters.ResizePod;
import com.mloptimizer.agent.core.action.ActionParameters.Resources;
import com.mloptimizer.agent.core.action.ActionParameters.RestartRollout;
import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.ActionParameters.Taint;
import com.mloptimizer.agent.core.action.ActionParameters.TaintNode;
import com.mloptimizer.agent.core.action.ActionParameters.UpdateDeployment;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What each handler makes of what it has read, without a cluster. */
class DecisionTest {
  private static final JsonMapper JSON = new JsonMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // present | wanted | remove | allow NoExecute | taints written, or the outcome
        "                        | a=1:NoSchedule              | false | false | a=1:NoSchedule",
        "a=1:NoSchedule          | a=1:NoSchedule              | false | false | no_change",
        "a=1:NoSchedule          | a=2:NoSchedule              | false | false | a=2:NoSchedule",
        "a=1:NoSchedule          | a=1:PreferNoSchedule        | false | false"
            + " | a=1:NoSchedule a=1:PreferNoSchedule",
        "b:NoSchedule a:NoSchedule c:NoSchedule | a=9:NoSchedule | false | false"
            + " | b:NoSchedule a=9:NoSchedule c:NoSchedule",
        "a=1:NoSchedule b:NoSchedule | a=other:NoSchedule      | true  | false | b:NoSchedule",
        "a=1:NoSchedule          | a:NoSchedule                | true  | false | null",
        "a=1:NoSchedule          | a=1:NoExecute               | true  | false | no_change",
        "                        | a:NoExecute                 | false | false | refused",
        "                        | a:NoExecute                 | false | true  | a:NoExecute",
        "a:NoExecute             | a:NoExecute                 | false | false | no_change",
        "a=1:NoExecute           | a=2:NoExecute               | false | false | refused",
        "a:NoExecute             | a:NoExecute                 | true  | false | null",
        "a:NoExecute             | b:NoSchedule                | false | false"
            + " | a:NoExecute b:NoSchedule",
        "                        | a=1:NoSchedule a=2:NoSchedule | false | false | refused",
      })
  void taint_writesTheWholeListOrNothing(
      @Nullable String present, String wanted, boolean remove, boolean allow, String expected) {
    List<Taint> taints = Arrays.stream(wanted.split(" ", -1)).map(DecisionTest::taint).toList();
    StringBuilder list = new StringBuilder();
    for (String text : present == null ? new String[0] : present.split(" ", -1)) {
      Taint taint = taint(text);
      list.append(list.isEmpty() ? "" : ",")
          .append("{\"key\":\"" + taint.key() + "\"")
          .append(taint.value().isEmpty() ? "" : ",\"value\":\"" + taint.value() + "\"")
          .append(",\"effect\":\"" + taint.effect() + "\"}");
    }
    LiveObject node =
        object(
            "{\"metadata\": {\"name\": \"n\", \"uid\": \"u\", \"resourceVersion\": \"7\"},"
                + " \"spec\": {\"taints\": ["
                + list
                + "]}}");
    Decision decision = TaintHandler.decide(new TaintNode("n", taints, remove, allow), node);
    assertThat(describe(decision, "/spec/taints")).isEqualTo(expected);
    if (decision instanceof Decision.Write write) {
      assertThat(body(write).at("/metadata/resourceVersion").asString("")).isEqualTo("7");
      assertThat(body(write).at("/metadata/uid").asString("")).isEqualTo("u");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // current, wanted, expected, whenScaled, allow, owner, autoscaled, outcome
    "2, 2, , Retain, false, , false, no_change",
    "2, 2, 5, Retain, false, , true, no_change", // already so: nothing forbids nothing
    "2, 3, , Retain, false, , false, 3",
    "2, 3, 2, Retain, false, , false, 3",
    "2, 3, 1, Retain, false, , false, stale_target",
    "2, 1, , Delete, false, , false, refused",
    "2, 1, , Delete, true, , false, 1",
    "2, 3, , Delete, false, , false, 3", // growing deletes nothing
    "2, 3, , Retain, false, , true, refused",
    "2, 3, , Retain, false, NodePool, false, refused",
    "2, 3, , Retain, false, controller:Deployment, false, refused",
    "2, 3, , Retain, false, Application, false, 3", // an owner that manages nothing
  })
  void scale_isForbiddenByWhoeverElseDecides(
      int current,
      int wanted,
      @Nullable Integer expected,
      String whenScaled,
      boolean allow,
      @Nullable String owner,
      boolean autoscaled,
      String outcome) {
    String owners =
        owner == null
            ? ""
            : "{\"kind\": \"%s\", \"name\": \"o\", \"controller\": %s}"
                .formatted(
                    owner.substring(owner.indexOf(':') + 1), owner.startsWith("controller:"));
    LiveObject workload =
        object(
            """
            {"metadata": {"name": "db", "uid": "u", "resourceVersion": "7",
                          "ownerReferences": [%s]},
             "spec": {"replicas": %d,
                      "persistentVolumeClaimRetentionPolicy": {"whenScaled": "%s"}}}
            """
                .formatted(owners, current, whenScaled));
    LiveObject autoscaler =
        object(
            """
            {"metadata": {"name": "scaler"}, "spec": {"scaleTargetRef":
              {"apiVersion": "apps/v1", "kind": "%s", "name": "db"}}}
            """
                .formatted(autoscaled ? "StatefulSet" : "Deployment"));
    ScaleWorkload parameters =
        new ScaleWorkload("StatefulSet", "shop", "db", wanted, expected, Duration.ZERO, allow);
    Decision decision = ScaleHandler.decide(parameters, workload, List.of(autoscaler));
    assertThat(describe(decision, "/spec/replicas")).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    // containers, container, image, cpu limit, replicas, outcome
    "a, , x:2, , , '[{\"image\":\"x:2\",\"name\":\"a\"}]'",
    "a, a, x:2, , , '[{\"image\":\"x:2\",\"name\":\"a\"}]'",
    "a, b, x:2, , , refused",
    "a b, , x:2, , , refused", // which of them
    "a b, b, x:2, , , '[{\"image\":\"x:2\",\"name\":\"b\"}]'",
    "a, , x:1, , , no_change",
    "a, , , 1000m, , no_change", // 1000m is 1
    "a, , , 2, , '[{\"resources\":{\"limits\":{\"cpu\":\"2\"}},\"name\":\"a\"}]'",
    "a, , , null, , '[{\"resources\":{\"limits\":{\"cpu\":null}},\"name\":\"a\"}]'",
    "a, b, , , 2, refused",
    "a, , , , 1, no_change",
    "a, , , , , refused", // nothing to change
  })
  void update_namesAContainerThatExists(
      String containers,
      @Nullable String container,
      @Nullable String image,
      @Nullable String cpuLimit,
      @Nullable Integer replicas,
      String outcome) {
    Map<String, @Nullable String> limits = new HashMap<>();
    limits.put("cpu", cpuLimit == null || cpuLimit.equals("null") ? null : cpuLimit);
    UpdateDeployment parameters =
        new UpdateDeployment(
            "shop",
            "web",
            replicas,
            image,
            container,
            cpuLimit == null ? null : new Resources(null, limits),
            Duration.ZERO);
    Decision decision = UpdateHandler.decide(parameters, deployment(containers, false), List.of());
    assertThat(describe(decision, "/spec/template/spec/containers")).isEqualTo(outcome);
  }

  @Test
  void update_paused_saysThatNothingRollsOut() {
    UpdateDeployment parameters =
        new UpdateDeployment("shop", "web", null, "x:2", null, null, Duration.ZERO);
    Decision decision = UpdateHandler.decide(parameters, deployment("a", true), List.of());
    assertThat(((Decision.Write) decision).done()).contains("nothing rolls out");
  }

  @ParameterizedTest
  @CsvSource({
    // annotation, paused, strategy, outcome
    ", false, RollingUpdate, 2026-01-01T10:00:00Z",
    "2026-01-01T09:00:00Z, false, RollingUpdate, 2026-01-01T10:00:00Z",
    "2026-01-01T10:00:00Z, false, RollingUpdate, no_change", // redelivered
    "2026-01-01T12:00:00+02:00, false, RollingUpdate, no_change", // kubectl's way to write it
    "2026-01-01T11:00:00Z, false, RollingUpdate, no_change", // restarted after we were asked to
    "yesterday, false, RollingUpdate, 2026-01-01T10:00:00Z",
    ", true, RollingUpdate, refused",
    ", false, OnDelete, refused",
    "2026-01-01T10:00:00Z, true, RollingUpdate, no_change",
  })
  void restart_isOneRolloutForEachTimeOfIssue(
      @Nullable String annotation, boolean paused, String strategy, String outcome) {
    LiveObject workload =
        object(
            """
            {"metadata": {"name": "web", "uid": "u", "resourceVersion": "7"},
             "spec": {"paused": %s, "updateStrategy": {"type": "%s"}, "template": {"metadata":
              {"annotations": {%s}}}}}
            """
                .formatted(
                    paused,
                    strategy,
                    annotation == null
                        ? ""
                        : "\"kubectl.kubernetes.io/restartedAt\": \"" + annotation + "\""));
    Decision decision =
        RestartHandler.decide(
            new RestartRollout("StatefulSet", "shop", "web", Duration.ZERO),
            ResourcePath.raw("/x"),
            workload,
            Instant.parse("2026-01-01T10:00:00Z"));
    assertThat(
            describe(
                decision, "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt"))
        .isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    // resources of the pod's container, wanted side, name, value, outcome
    "'\"requests\":{\"cpu\":\"1\"}', requests, cpu, 2, '{\"requests\":{\"cpu\":\"2\"}}'",
    "'\"requests\":{\"cpu\":\"1\"}', requests, cpu, 1000m, no_change",
    "'', requests, cpu, 1, refused", // BestEffort would become Burstable
    "'\"requests\":{\"cpu\":\"1\"}', requests, cpu, 0, refused", // Burstable, BestEffort
    "'\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}',"
        + " requests, cpu, 500m, refused", // Guaranteed would become Burstable
  })
  void resize_neverChangesTheQosClass(
      String resources, String side, String name, String value, String outcome) {
    Map<String, @Nullable String> wanted = Map.of(name, value);
    ResizePod parameters =
        new ResizePod(
            "shop",
            "web",
            null,
            "main",
            side.equals("requests") ? new Resources(wanted, null) : new Resources(null, wanted),
            Duration.ZERO);
    LiveObject pod =
        object(
            """
            {"metadata": {"name": "web", "uid": "u", "resourceVersion": "7"},
             "spec": {"containers": [{"name": "main", "resources": {%s}}]}}
            """
                .formatted(resources));
    Decision decision = ResizeHandler.decide(parameters, pod);
    assertThat(describe(decision, "/spec/containers/0/resources")).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{}] | BestEffort",
        "[{\"requests\":{\"cpu\":\"1\"}}] | Burstable",
        "[{\"limits\":{\"cpu\":\"1\",\"memory\":\"1\"},\"requests\":{\"cpu\":\"1\",\"memory\":\"1\"}}]"
            + " | Guaranteed",
        "[{\"limits\":{\"cpu\":\"1\",\"memory\":\"1\"},\"requests\":{\"cpu\":\"1\",\"memory\":\"1\"}},{}]"
            + " | Burstable",
        "[{\"limits\":{\"cpu\":\"1\"},\"requests\":{\"cpu\":\"1\"}}] | Burstable",
        "[{\"requests\":{\"nvidia.com/gpu\":\"1\"}}] | BestEffort",
        "[{\"requests\":{\"cpu\":\"0\"}}] | BestEffort",
      })
  void qosClass_isTheApiServers(String resources, String expected) {
    StringBuilder containers = new StringBuilder();
    JSON.readTree(resources)
        .forEach(each ->
            containers
                .append(containers.isEmpty() ? "" : ",")
                .append("{\"resources\":")
                .append(each)
                .append("}"));
    JsonNode spec = JSON.readTree("{\"containers\":[" + containers + "]}");
    assertThat(QosClass.of(spec).label()).isEqualTo(expected);
  }

  private static Taint taint(String text) {
    String key = text.substring(0, text.indexOf(':'));
    int equals = key.indexOf('=');
    return new Taint(
        equals < 0 ? key : key.substring(0, equals),
        equals < 0 ? "" : key.substring(equals + 1),
        text.substring(text.indexOf(':') + 1));
  }

  private static LiveObject deployment(String containers, boolean paused) {
    StringBuilder list = new StringBuilder();
    for (String name : containers.split(" ", -1)) {
      list.append(list.isEmpty() ? "" : ",")
          .append(
              "{\"name\": \"%s\", \"image\": \"x:1\", \"resources\": {\"limits\": {\"cpu\": \"1\"}}}"
                  .formatted(name));
    }
    return object(
        """
        {"metadata": {"name": "web", "uid": "u", "resourceVersion": "7"},
         "spec": {"paused": %s, "replicas": 1, "template": {"spec": {"containers": [%s]}}}}
        """
            .formatted(paused, list));
  }

  /** The outcome, or what is written at that place of the body. */
  private static String describe(Decision decision, String pointer) {
    return switch (decision) {
      case Decision.End(Conclusion conclusion) -> {
        assertThat(conclusion.reason() != null).isEqualTo(conclusion.outcome() == Outcome.REFUSED);
        yield conclusion.outcome().wireName();
      }
      case Decision.Write write -> {
        JsonNode written = body(write).at(pointer);
        yield (written.isArray() && written.path(0).has("effect"))
            ? String.join(
                " ",
                written
                    .valueStream()
                    .map(taint ->
                        taint.path("key").asString("")
                            + (taint.has("value") ? "=" + taint.path("value").asString("") : "")
                            + ":"
                            + taint.path("effect").asString(""))
                    .toList())
            : written.isString() ? written.stringValue() : written.toString();
      }
    };
  }

  private static JsonNode body(Decision.Write write) {
    ApiRequest request = write.request();
    return JSON.readTree(new String(request.body().orElseThrow(), StandardCharsets.UTF_8));
  }

  private static LiveObject object(String json) {
    return new LiveObject(JSON.readTree(json));
  }
}
