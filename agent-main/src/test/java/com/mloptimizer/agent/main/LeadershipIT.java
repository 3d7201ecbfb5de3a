package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static com.mloptimizer.agent.main.Surroundings.log;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two agents in processes of their own, of which one leads, and what becomes of it. */
@Timeout(300)
class LeadershipIT {
  /** A lease's duration and a look; the machine may be busy. */
  private static final Duration TAKEOVER = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private Surroundings surroundings;
  private AgentProcess first;
  private AgentProcess second;

  @BeforeEach
  void start() throws Exception {
    EmbeddedCluster cluster =
        EmbeddedCluster.builder()
            .nodes(3)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(200))
            .build();
    surroundings = Surroundings.start(cluster, directory);
    first = surroundings.runAs("first");
    surroundings.awaitLine(first, "Leadership acquired: lease default/kubernetes-agent");
    surroundings.backend().awaitConnection(SOON);
    second = surroundings.runAs("second");
    surroundings.awaitLine(second, "Standing by as follower: first_[-0-9a-f]{36} leads");
  }

  @AfterEach
  void stop() {
    surroundings.close();
  }

  @Test
  void run_follower_isReadyAndBeatsAndDoesNothingElse() throws Exception {
    surroundings.backend().await("a follower's heartbeat", () -> heartbeat("second"), SOON);

    assertThat(heartbeat("second").orElseThrow().leader()).isFalse();
    assertThat(heartbeat("second").orElseThrow().status())
        .isEqualTo(HeartbeatRequest.Status.HEALTHY);
    assertThat(heartbeat("first").orElseThrow().leader()).isTrue();
    HttpResponse<String> readiness = surroundings.get(second, "/readyz");
    assertThat(readiness.statusCode()).as(readiness.body()).isEqualTo(200);
    assertThat(readiness.body()).contains("standing by as follower");
    assertThat(surroundings.get(second, "/metrics").body())
        .contains("agent_leader_transitions_total 0.0");
    assertThat(surroundings.get(first, "/metrics").body())
        .contains("agent_leader_transitions_total 1.0");
    assertThat(surroundings.get(second, "/status").body()).containsPattern("\"leader\" ?: ?false");
    assertThat(requestsOf("second"))
        .as("no watch, no list, no journal")
        .allMatch(request ->
            request.path().contains("/leases")
                || request.path().equals("/version")
                || request.query().equals("limit=1")
                || request.path().endsWith("/selfsubjectaccessreviews"));
    assertThat(surroundings.backend().batches()).allMatch(batch -> batch.agentId().equals("first"));
  }

  @Test
  void kill_leaderInMidDrain_followerFinishesItAndNoPodIsEvictedTwice() throws Exception {
    surroundings.deploy("slow", 6, 8);
    String node = surroundings.busiestNode();
    ActionId id = drain(node);
    awaitTerminating(node, first);

    first.process().destroyForcibly().waitFor();
    long killed = System.nanoTime();
    surroundings.awaitLine(second, "Leadership acquired: .*not renewed by first");
    Duration takeover = Duration.ofNanos(System.nanoTime() - killed);

    assertThat(takeover).isLessThan(TAKEOVER);
    System.out.printf("kill -9: another leads after %.1f s%n", takeover.toMillis() / 1000.0);
    surroundings
        .backend()
        .await(
            "a leader's heartbeat",
            () -> heartbeat("second").filter(HeartbeatRequest::leader),
            SOON);
    assertFinishedOnce(id, node);
  }

  @Test
  void terminate_leaderInMidDrain_handsOverAtOnceAndTheFollowerFinishesIt() throws Exception {
    surroundings.deploy("slow", 6, 8);
    String node = surroundings.busiestNode();
    ActionId id = drain(node);
    awaitTerminating(node, first);

    long asked = System.nanoTime();
    first.process().destroy();
    surroundings.awaitLine(second, "Leadership acquired: lease default/kubernetes-agent");
    Duration handover = Duration.ofNanos(System.nanoTime() - asked);

    System.out.printf("SIGTERM: another leads after %.1f s%n", handover.toMillis() / 1000.0);
    assertThat(handover).isLessThan(Duration.ofSeconds(10));
    assertThat(first.process().waitFor(27, TimeUnit.SECONDS)).as(() -> log(first)).isTrue();
    assertThat(first.process().exitValue()).as(() -> log(first)).isZero();
    assertThat(log(first)).containsOnlyOnce("Leadership released");
    assertFinishedOnce(id, node);
  }

  @Test
  void stop_leaderInMidDrainFor30Seconds_writesNothingWhenItGoesOnAndExits() throws Exception {
    surroundings.deploy("slow", 9, 15);
    budgetOfOne();
    String node = surroundings.busiestNode();
    ActionId id = drain(node);
    awaitTerminating(node, first);

    Surroundings.signal(first, "STOP");
    long stopped = System.nanoTime();
    surroundings.awaitLine(second, "Leadership acquired: .*not renewed by first");
    long left = stopped + TimeUnit.SECONDS.toNanos(30) - System.nanoTime();
    assertThat(first.process().waitFor(left, TimeUnit.NANOSECONDS)).as("it is stopped").isFalse();
    assertThat(surroundings.pods(node)).as("the drain still has something to do").isNotEmpty();
    assertThat(surroundings.backend().results()).isEmpty();
    int before = writesOf("first");
    Surroundings.signal(first, "CONT");

    assertThat(first.process().waitFor(27, TimeUnit.SECONDS)).as(() -> log(first)).isTrue();
    assertThat(first.process().exitValue())
        .as(() -> log(first))
        .isEqualTo(ExitCode.LEADERSHIP_LOST);
    assertThat(log(first)).containsOnlyOnce("Leadership lost");
    assertThat(writesOf("first")).as(() -> log(first)).isEqualTo(before);
    assertFinishedOnce(id, node);
    assertThat(writesOf("first")).isEqualTo(before);
  }

  @Test
  void run_leaseCannotBeRenewed_writesNothingMoreBeforeTheOtherBeginsAndExits() throws Exception {
    surroundings.deploy("slow", 9, 15);
    budgetOfOne();
    String node = surroundings.busiestNode();
    ActionId id = drain(node);
    awaitTerminating(node, first);

    surroundings
        .cluster()
        .faults()
        .fail(
            request -> request.caller().equals("first") && request.path().contains("/leases/"),
            10_000);

    assertThat(first.process().waitFor(SOON.toSeconds(), TimeUnit.SECONDS))
        .as(() -> log(first))
        .isTrue();
    assertThat(first.process().exitValue())
        .as(() -> log(first))
        .isEqualTo(ExitCode.LEADERSHIP_LOST);
    assertThat(log(first)).contains("Leadership lost: the lease was not renewed for 10 s: 500");
    assertFinishedOnce(id, node);
    List<ApiRequest> requests = surroundings.cluster().requests();
    List<ApiRequest> effects =
        requests.stream()
            .filter(ApiRequest::isWrite)
            .filter(request -> !request.path().contains("/leases"))
            .toList();
    int theirs = effects.indexOf(effects.stream().filter(by("second")).findFirst().orElseThrow());
    assertThat(effects.subList(theirs, effects.size())).allMatch(by("second"));
  }

  private void assertFinishedOnce(ActionId id, String node) throws Exception {
    ResultRequest result = surroundings.backend().awaitResult(id, SOON.multipliedBy(2));
    assertThat(result.result().success()).as(() -> result + "\n" + log(second)).isTrue();
    assertThat(result.result().attempts()).as("it was taken up again").isEqualTo(2);
    assertThat(result.agentId()).isEqualTo("second");
    assertThat(surroundings.pods(node)).isEmpty();
    Map<String, Long> evictions =
        surroundings.cluster().requests().stream()
            .filter(request -> request.path().endsWith("/eviction") && request.isWrite())
            .collect(Collectors.groupingBy(ApiRequest::path, Collectors.counting()));
    assertThat(evictions).isNotEmpty();
    if (surroundings.cluster().list("policy/v1", "PodDisruptionBudget", "default").isEmpty()) {
      assertThat(evictions).allSatisfy((pod, times) -> assertThat(times).as(pod).isOne());
    }
    second.close();
    assertThat(surroundings.backend().resultPosts())
        .as("every time that a result was sent")
        .extracting(ResultRequest::actionId)
        .containsExactly(id);
  }

  private ActionId drain(String node) {
    return surroundings
        .backend()
        .push(
            ActionDraft.of(ActionType.DRAIN_NODE)
                .with("node_name", node)
                .with("timeout_seconds", 240));
  }

  private void awaitTerminating(String node, AgentProcess agent) throws InterruptedException {
    assertThat(
            surroundings
                .cluster()
                .await(
                    () -> surroundings.pods(node).stream().anyMatch(Surroundings::isTerminating),
                    SOON))
        .as(() -> log(agent))
        .isTrue();
  }

  private void budgetOfOne() throws InterruptedException {
    surroundings
        .cluster()
        .apply(
            """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: slow, namespace: default}
            spec: {maxUnavailable: 1, selector: {matchLabels: {app: slow}}}
            """);
    assertThat(
            surroundings
                .cluster()
                .await(
                    () ->
                        surroundings
                                .cluster()
                                .get("policy/v1", "PodDisruptionBudget", "default", "slow")
                                .orElseThrow()
                                .at("/status/disruptionsAllowed")
                                .asInt(0)
                            == 1,
                    SOON))
        .isTrue();
  }

  private Optional<HeartbeatRequest> heartbeat(String agent) {
    return surroundings.backend().heartbeats().reversed().stream()
        .filter(beat -> beat.agentId().equals(agent))
        .findFirst();
  }

  private List<ApiRequest> requestsOf(String agent) {
    return surroundings.cluster().requests().stream().filter(by(agent)).toList();
  }

  private int writesOf(String agent) {
    return (int) requestsOf(agent).stream().filter(ApiRequest::isWrite).count();
  }

  private static Predicate<ApiRequest> by(String agent) {
    return request -> request.caller().equals(agent);
  }
}
