package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static com.mloptimizer.agent.main.Surroundings.log;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ApiCall;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * The process is killed at every step of an action, at the very request that makes it: once before
 * the request is served, so that the step was not made, and once so that it was made and nobody
 * heard of it. The next process ends with one eviction and one result.
 */
@Timeout(120)
class KillAtBoundaryIT {
  private static final String ACTIONS = "/agentactions";

  /** Where the process is killed. */
  enum Boundary {
    NOT_CLAIMED(Step.CLAIM, false),
    CLAIMED_NOT_ACKNOWLEDGED(Step.CLAIM, true),
    ACKNOWLEDGED_NOT_RUNNING(Step.RUNNING, false),
    RUNNING(Step.RUNNING, true),
    BEFORE_THE_EFFECT(Step.EVICTION, false),
    IN_THE_MIDDLE_OF_THE_HANDLER(Step.EVICTION, true),
    HANDLER_DONE_NOT_FINISHED(Step.FINISHED, false),
    FINISHED_NOT_REPORTED(Step.FINISHED, true),
    RESULT_ON_ITS_WAY(Step.RESULT, false),
    REPORTED_NOT_MARKED(Step.RESULT, true),
    MARK_ON_ITS_WAY(Step.MARK, false),
    MARKED(Step.MARK, true);

    private final Step step;
    private final boolean made;

    Boundary(Step step, boolean made) {
      this.step = step;
      this.made = made;
    }
  }

  /** The requests by which an action goes on. */
  private enum Step {
    CLAIM,
    RUNNING,
    EVICTION,
    FINISHED,
    RESULT,
    MARK
  }

  @TempDir private Path directory;

  private final CountDownLatch killed = new CountDownLatch(1);
  private Surroundings surroundings;
  private JsonNode pod;
  private ActionDraft draft;

  @BeforeEach
  void start() throws Exception {
    EmbeddedCluster cluster =
        EmbeddedCluster.builder()
            .nodes(2)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(200))
            .build();
    surroundings = Surroundings.start(cluster, directory);
    surroundings.deploy("web", 1, 1);
    pod = cluster.list("v1", "Pod", "default").getFirst();
    draft =
        ActionDraft.of(ActionType.EVICT_POD)
            .withId("act-boundary")
            .with("namespace", "default")
            .with("pod_name", pod.at("/metadata/name").asString())
            .with("pod_uid", pod.at("/metadata/uid").asString());
  }

  @AfterEach
  void stop() {
    surroundings.close();
  }

  @ParameterizedTest
  @EnumSource
  void kill_atTheBoundary_nextProcessEndsWithOneEffectAndOneResult(Boundary boundary)
      throws Exception {
    AgentProcess first = surroundings.runAs("first");
    surroundings.backend().awaitConnection(SOON);
    arm(boundary, first);

    ActionId id = surroundings.backend().push(draft);
    ResultRequest result = endOfTheNextProcess(id, first);

    assertThat(result.result().success()).as(result.toString()).isTrue();
    assertThat(isGone()).as("the pod that was meant").isTrue();
    assertThat(entry(id).at("/status/phase").asString()).isEqualTo("Finished");
    assertOneEffect(boundary);
    assertOneResult(boundary, id);
  }

  /** Nothing in the action but its own note tells the pod that was meant from its replacement. */
  @Test
  void kill_noteOfTheEvictionFailsAtFirst_nextProcessLeavesTheReplacementAlone() throws Exception {
    EmbeddedCluster cluster = surroundings.cluster();
    JsonNode meant = statefulPod();
    ActionId id = new ActionId("act-boundary");
    AgentProcess first = surroundings.runAs("first");
    surroundings.backend().awaitConnection(SOON);
    // The phase is written first then, so that the next write of the status is the note.
    cluster
        .faults()
        .delay(
            call -> call.method().equals("GET") && call.path().endsWith("/pods/db-0"),
            1,
            Duration.ofSeconds(1));
    cluster
        .faults()
        .fail(
            status(id)
                .and(_ ->
                    phase(id).equals("Running")
                        && entry(id).at("/status/progress").isMissingNode()),
            2);
    arm(Boundary.IN_THE_MIDDLE_OF_THE_HANDLER, first);

    surroundings
        .backend()
        .push(
            ActionDraft.of(ActionType.EVICT_POD)
                .withId(id.value())
                .with("namespace", "default")
                .with("pod_name", "db-0"));
    ResultRequest result = endOfTheNextProcess(id, first);

    assertThat(result.result().success()).as(result.toString()).isTrue();
    assertThat(evictions()).hasSize(1);
    assertThat(cluster.await(() -> isReplaced(meant), SOON)).isTrue();
  }

  /** The first process has been killed; the result that the next one comes to. */
  private ResultRequest endOfTheNextProcess(ActionId id, AgentProcess first) throws Exception {
    assertThat(killed.await(SOON.toSeconds(), TimeUnit.SECONDS)).as(() -> log(first)).isTrue();
    // What a lease's duration would bring about, too.
    surroundings.cluster().delete("coordination.k8s.io/v1", "Lease", "default", "kubernetes-agent");
    AgentProcess second = surroundings.runAs("second");
    ResultRequest result = surroundings.backend().awaitResult(id, SOON);
    assertThat(
            surroundings.cluster().await(() -> entry(id).at("/status/reported").asBoolean(), SOON))
        .as(() -> log(second))
        .isTrue();
    second.close();
    return result;
  }

  /** At most the request that was not served came once more, and never after it was served. */
  private void assertOneEffect(Boundary boundary) {
    assertThat(evictions()).hasSize(boundary == Boundary.BEFORE_THE_EFFECT ? 2 : 1);
    assertThat(surroundings.cluster().list("v1", "Pod", "default"))
        .as("its replacement stays")
        .hasSize(1)
        .noneMatch(each -> each.at("/metadata/deletionTimestamp").isString());
  }

  private List<ApiRequest> evictions() {
    return surroundings.cluster().requests().stream()
        .filter(ApiRequest::isWrite)
        .filter(request -> request.path().endsWith("/eviction"))
        .toList();
  }

  /** Delivery is at least once: what came again is the very same. */
  private void assertOneResult(Boundary boundary, ActionId id) {
    List<ResultRequest> posts = surroundings.backend().resultPosts();
    assertThat(posts).extracting(ResultRequest::actionId).containsOnly(id);
    assertThat(posts.stream().map(ResultRequest::result).distinct()).hasSize(1);
    boolean unmarked =
        boundary == Boundary.REPORTED_NOT_MARKED || boundary == Boundary.MARK_ON_ITS_WAY;
    // A process may send what it finds twice: when it opens the journal and when it first tidies.
    assertThat(posts).hasSizeLessThanOrEqualTo(unmarked ? 3 : 2);
  }

  private void arm(Boundary boundary, AgentProcess agent) {
    Runnable kill =
        () -> {
          try {
            agent.process().destroyForcibly().waitFor();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          killed.countDown();
        };
    if (boundary.step == Step.RESULT) {
      if (boundary.made) {
        surroundings.backend().misbehave().before(ApiCall.RESULT, kill);
      } else {
        surroundings.backend().misbehave().insteadOf(ApiCall.RESULT, kill);
      }
    } else if (boundary.made) {
      surroundings.cluster().faults().before(request(boundary.step), kill);
    } else {
      surroundings.cluster().faults().insteadOf(request(boundary.step), kill);
    }
  }

  /** By what the cluster holds when it comes: a status is written several times. */
  private Predicate<ApiRequest> request(Step step) {
    ActionId id = new ActionId("act-boundary");
    Predicate<ApiRequest> status = status(id);
    return switch (step) {
      case CLAIM -> call -> call.method().equals("POST") && call.path().endsWith(ACTIONS);
      case RUNNING -> status.and(_ -> phase(id).isEmpty() || phase(id).equals("Accepted"));
      case EVICTION -> call -> call.isWrite() && call.path().endsWith("/eviction");
      case FINISHED -> status.and(_ -> phase(id).equals("Running") && isGone());
      case MARK -> status.and(_ -> phase(id).equals("Finished"));
      case RESULT -> throw new IllegalArgumentException("not a request to the cluster");
    };
  }

  private static Predicate<ApiRequest> status(ActionId id) {
    return call -> call.isWrite() && call.path().endsWith(ACTIONS + "/" + id + "/status");
  }

  private JsonNode entry(ActionId id) {
    return surroundings
        .cluster()
        .get("agent.mloptimizer.com/v1alpha1", "AgentAction", "default", id.value())
        .orElseThrow(() -> new AssertionError("no journal entry"));
  }

  private String phase(ActionId id) {
    return entry(id).at("/status/phase").asString("");
  }

  private boolean isGone() {
    return surroundings
        .cluster()
        .get("v1", "Pod", "default", pod.at("/metadata/name").asString())
        .isEmpty();
  }

  /** The only pod of a StatefulSet, which comes back under its name. */
  private JsonNode statefulPod() throws InterruptedException {
    surroundings
        .cluster()
        .apply(
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db, namespace: default}
            spec:
              replicas: 1
              serviceName: db
              selector: {matchLabels: {app: db}}
              template:
                metadata:
                  labels: {app: db}
                  annotations: {sim/stop-seconds: "1"}
                spec:
                  containers:
                    - {name: db, image: "db:1", resources: {requests: {cpu: 50m, memory: 32Mi}}}
            """);
    assertThat(surroundings.cluster().await(() -> db().isPresent(), SOON)).isTrue();
    return db().orElseThrow();
  }

  private Optional<JsonNode> db() {
    return surroundings
        .cluster()
        .get("v1", "Pod", "default", "db-0")
        .filter(pod -> pod.at("/status/phase").asString("").equals("Running"));
  }

  private boolean isReplaced(JsonNode meant) {
    return db().filter(pod -> !pod.at("/metadata/deletionTimestamp").isString())
        .filter(pod -> !pod.at("/metadata/uid").equals(meant.at("/metadata/uid")))
        .isPresent();
  }
}
