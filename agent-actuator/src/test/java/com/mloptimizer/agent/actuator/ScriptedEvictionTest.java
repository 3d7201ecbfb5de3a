package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.ApiFront.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.ApiFront.Call;
import com.mloptimizer.agent.actuator.ApiFront.Reply;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What evictions make of answers that another API server, or one in trouble, would give. */
@Timeout(60)
class ScriptedEvictionTest {
  private static EmbeddedCluster cluster;

  private Stage stage;
  private int deployments;

  @BeforeAll
  static void startCluster() {
    cluster =
        EmbeddedCluster.builder()
            .seed(8)
            .nodes(1)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(10))
            .longestGrace(Duration.ofMillis(200))
            .build();
    cluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @BeforeEach
  void start() throws Exception {
    stage = Stage.embedded(cluster);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void evictPod_discoveryNamesAVersion_isAskedForInThatVersion() throws Exception {
    evict(pod(), "");
    assertThat(stage.evictions()).extracting(this::apiVersion).containsExactly("policy/v1");
    stage.restartAgent();
    stage.front.clear();
    stage.serveEdited(
        "/api/v1",
        resources -> {
          for (JsonNode resource : resources.path("resources")) {
            if (resource.path("name").asString("").equals("pods/eviction")) {
              ((ObjectNode) resource).put("version", "v1beta1");
            }
          }
        });
    evict(pod(), "");
    assertThat(stage.evictions()).extracting(this::apiVersion).containsExactly("policy/v1beta1");
  }

  @Test
  void evictPod_throttledWithRetryAfter_comesBackNoSooner() throws Exception {
    List<Long> times = new CopyOnWriteArrayList<>();
    AtomicInteger left = new AtomicInteger(1);
    Reply.Answer throttled = (Reply.Answer) status(429, "TooManyRequests", "slow down");
    stage.front.script(call -> {
      if (!call.isEviction()) {
        return Optional.empty();
      }
      times.add(System.nanoTime());
      return left.getAndDecrement() > 0
          ? Optional.of(new Reply.Answer(429, throttled.body(), 2))
          : Optional.empty();
    });
    assertThat(evict(pod(), "").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(times).hasSize(2);
    assertThat(Duration.ofNanos(times.get(1) - times.get(0)))
        .isGreaterThan(Duration.ofMillis(1900));
  }

  @Test
  void evictPod_evacuationTriggered_waitsAndDoesNotAskAgain() throws Exception {
    JsonNode pod = pod();
    always(
        Call::isEviction,
        status(
            429,
            "",
            "admission webhook \"virt-launcher-eviction-interceptor.kubevirt.io\" denied the"
                + " request: Eviction triggered evacuation of VMI \"shop/db\""));
    String id = submitEvict(pod, "");
    stage.await("the eviction", () -> !stage.evictions().isEmpty());
    stage.delete("Pod", Stage.name(pod));
    assertThat(stage.result(id).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions()).hasSize(1);
  }

  @Test
  void evictPod_evacuatedPodIsFinishedAndStays_isAskedForOnceMore() throws Exception {
    JsonNode pod = pod();
    AtomicInteger left = new AtomicInteger(1);
    stage.front.script(call -> {
      if (call.isEviction() && left.getAndDecrement() > 0) {
        return Optional.of(status(429, "", "Eviction triggered evacuation of VMI \"shop/db\""));
      }
      if (call.method().equals("GET") && call.path().endsWith("/pods/" + Stage.name(pod))) {
        return stage
            .find("Pod", Stage.name(pod))
            .map(found -> {
              ObjectNode seen = (ObjectNode) found.deepCopy();
              seen.withObject("/status").put("phase", left.get() < 1 ? "Succeeded" : "Running");
              return new Reply.Answer(200, seen.toString(), 0);
            });
      }
      return Optional.empty();
    });
    assertThat(evict(pod, ", \"timeout_seconds\": 10").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions()).hasSize(2);
  }

  @Test
  void evictPod_budgetsCannotBeListed_isBlockedAllTheSame() throws Exception {
    JsonNode pod = pod();
    Reply forbidden = status(403, "Forbidden", "poddisruptionbudgets is forbidden");
    Reply blocked =
        status(
            429,
            "TooManyRequests",
            "Cannot evict pod as it would violate the pod's disruption budget.",
            "DisruptionBudget: it needs more healthy pods");
    stage.front.script(call -> {
      if (call.path().contains("/poddisruptionbudgets")) {
        return Optional.of(forbidden);
      }
      return call.isEviction() ? Optional.of(blocked) : Optional.empty();
    });
    ActionResult result = evict(pod, ", \"timeout_seconds\": 2");
    assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.BLOCKED);
    assertThat(result.message()).contains("blocked by a PodDisruptionBudget");
  }

  @Test
  void evictPod_evacuationDoesNotFinish_isTimedOut() throws Exception {
    always(Call::isEviction, status(429, "", "Eviction triggered evacuation of VMI \"shop/db\""));
    ActionResult result = evict(pod(), ", \"timeout_seconds\": 2");
    assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(result.message()).contains("evacuation");
  }

  @Test
  void evictPod_namespaceTerminating_waitsForThePodToGo() throws Exception {
    JsonNode pod = pod();
    always(
        Call::isEviction,
        status(403, "Forbidden", "being terminated", "NamespaceTerminating: it goes"));
    String id = submitEvict(pod, "");
    stage.await("the eviction", () -> !stage.evictions().isEmpty());
    stage.delete("Pod", Stage.name(pod));
    assertThat(stage.result(id).success()).isTrue();
    assertThat(stage.evictions()).hasSize(1);
  }

  @Test
  void evictPod_budgetWithRetryAfter_comesBackThen() throws Exception {
    AtomicInteger left = new AtomicInteger(1);
    Reply.Answer blocked =
        (Reply.Answer)
            status(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
                "DisruptionBudget: The disruption budget web is still being processed by the server.");
    stage.front.script(call ->
        (call.isEviction() && left.getAndDecrement() > 0)
            ? Optional.of(new Reply.Answer(429, blocked.body(), 1))
            : Optional.empty());
    long start = System.nanoTime();
    assertThat(evict(pod(), "").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(900), Duration.ofSeconds(4));
  }

  @Test
  void evictPod_answerLost_looksBeforeItAsksAgain() throws Exception {
    JsonNode pod = pod();
    stage.front.script(
        call -> call.isEviction() ? Optional.of(new Reply.Lost()) : Optional.empty());
    assertThat(evict(pod, "").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions()).hasSize(1);
  }

  @Test
  void evictPod_readsFail_meanNeitherGoneNorFatal() throws Exception {
    JsonNode pod = pod();
    AtomicInteger left = new AtomicInteger(3);
    stage.front.script(call ->
        (call.method().equals("GET")
                && call.path().contains("/pods/")
                && left.getAndDecrement() > 0)
            ? Optional.of(left.get() == 1 ? new Reply.Dropped() : status(500, "", "no"))
            : Optional.empty());
    assertThat(evict(pod, "").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(stage.evictions()).hasSize(1);
  }

  @Test
  void evictPod_failsForOtherReasons_isFailedWithTheApiServersWords() throws Exception {
    always(Call::isEviction, status(400, "BadRequest", "no such thing"));
    ActionResult result = evict(pod(), "");
    assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.message()).contains("no such thing");
  }

  @Test
  void evictPod_progressCannotBeSaved_isNotAskedForBeforeItIs() throws Exception {
    JsonNode pod = pod();
    AtomicInteger left = new AtomicInteger(2);
    List<String> order = new CopyOnWriteArrayList<>();
    stage.front.script(call -> {
      if (call.isEviction()) {
        order.add("eviction");
      } else if (call.path().endsWith("/status")
          && call.json().at("/status/progress/pods").isObject()) {
        boolean fails = left.getAndDecrement() > 0;
        order.add(fails ? "unsaved" : "saved");
        return fails
            ? Optional.of(left.get() == 1 ? status(429, "", "slow down") : new Reply.Dropped())
            : Optional.empty();
      }
      return Optional.empty();
    });
    assertThat(evict(pod, "").outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(order).startsWith("unsaved", "unsaved", "saved", "eviction");
  }

  @Test
  void evictPod_progressCannotBeSavedUntilTheDeadline_isNotAskedForAtAll() throws Exception {
    JsonNode pod = pod();
    stage.front.script(call ->
        call.path().endsWith("/status") && call.json().at("/status/progress/pods").isObject()
            ? Optional.of(status(500, "", "no"))
            : Optional.empty());
    assertThat(evict(pod, ", \"timeout_seconds\": 2").outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(stage.evictions()).isEmpty();
  }

  private JsonNode pod() {
    String name = "web" + ++deployments;
    stage.deployment(name, 1);
    return stage.running(name).getFirst();
  }

  private ActionResult evict(JsonNode pod, String more) throws Exception {
    return stage.result(submitEvict(pod, more));
  }

  private String submitEvict(JsonNode pod, String more) {
    return stage.submit(
        "evict_pod",
        "{\"namespace\": \"NS\", \"pod_name\": \"%s\"%s}".formatted(Stage.name(pod), more));
  }

  private void always(Predicate<Call> concerns, Reply reply) {
    stage.front.script(call -> concerns.test(call) ? Optional.of(reply) : Optional.empty());
  }

  private String apiVersion(Call call) {
    return call.json().path("apiVersion").asString("");
  }
}
