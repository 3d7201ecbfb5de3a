package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.ApiFront;
import com.mloptimizer.agent.actuator.ApiFront.Call;
import com.mloptimizer.agent.actuator.ApiFront.Reply;
import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.actuator.guardrail.EvictionTurn;
import com.mloptimizer.agent.actuator.guardrail.GuardrailRule;
import com.mloptimizer.agent.actuator.guardrail.Violation;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The drain of one node with two pods, whose clock runs twenty times as fast. */
@Timeout(60)
class DrainHandlerTest {
  private static final int PACE = 20;

  @TempDir Path directory;

  private final long startNanos = System.nanoTime();
  private final Instant start = Instant.now();
  private final InstantSource clock = () -> start.plus(elapsed().multipliedBy(PACE));
  private ActionMemory.Store store = _ -> {};
  private EmbeddedCluster cluster;
  private KubernetesClient direct;
  private ApiFront front;
  private KubernetesClient kubernetes;
  private String node;

  @BeforeEach
  void start() throws Exception {
    cluster =
        EmbeddedCluster.builder()
            .seed(1)
            .nodes(1)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(1))
            .longestGrace(Duration.ofMillis(20))
            .build();
    cluster.start();
    direct = open(cluster.writeKubeconfig(directory.resolve("direct")));
    front = new ApiFront(direct);
    kubernetes = open(front.writeKubeconfig(directory.resolve("front")));
    node = cluster.list("v1", "Node", "").getFirst().at("/metadata/name").stringValue();
    pod("one");
    pod("two");
    assertThat(cluster.await(() -> running() == 2, Duration.ofSeconds(10))).isTrue();
  }

  private void pod(String name) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: default}
        spec: {nodeName: %s, containers: [{name: main, image: x}]}
        """
            .formatted(name, node));
  }

  @AfterEach
  void stop() {
    kubernetes.close();
    front.close();
    direct.close();
    cluster.close();
  }

  private static KubernetesClient open(Path kubeconfig) throws Exception {
    return KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
        .withKubeconfig(kubeconfig)
        .open("test");
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  private long running() {
    return cluster.list("v1", "Pod", "default").stream()
        .filter(pod -> pod.at("/status/phase").asString("").equals("Running"))
        .count();
  }

  private JsonNode node() {
    return cluster.get("v1", "Node", "", node).orElseThrow();
  }

  private void assertNotCordoned() {
    assertThat(node().at("/spec/unschedulable").asBoolean(false)).isFalse();
    assertThat(node().at("/metadata/annotations").toString()).doesNotContain("cordoned-by");
  }

  private Conclusion drain(Duration timeout, boolean dryRun, ActionPermit permit) throws Exception {
    Instant issuedAt = clock.instant();
    ActionContext context =
        new ActionContext(
            new ActionId("drain-1"),
            issuedAt,
            null,
            dryRun,
            issuedAt.plus(timeout),
            clock,
            new StopSignal(),
            (_, _) -> {},
            new ActionMemory(JsonNodeFactory.instance.objectNode(), store, Ticker.system()),
            permit,
            Clearance.ofAll());
    DrainNode parameters = new DrainNode(node, null, null, timeout, true, true, true, null, true);
    return new Handlers(kubernetes, null).handle(parameters, context);
  }

  private boolean isOfNode(Call call) {
    return call.path().endsWith("/nodes/" + node);
  }

  @Test
  void drain_answerToTheCordonIsLostAndTheDeadlineComes_takesTheCordonBack() throws Exception {
    AtomicInteger cordons = new AtomicInteger();
    Instant deadline = clock.instant().plusSeconds(20);
    front.script(call -> {
      if (isOfNode(call) && call.isWrite() && cordons.getAndIncrement() == 0) {
        return Optional.of(new Reply.Lost());
      }
      return isOfNode(call) && cordons.get() > 0 && clock.instant().isBefore(deadline)
          ? Optional.of(ApiFront.status(503, "ServiceUnavailable", "gone"))
          : Optional.empty();
    });
    Conclusion conclusion = drain(Duration.ofSeconds(15), false, ActionPermit.unlimited());
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(running()).isEqualTo(2);
    assertNotCordoned();
    assertThat(conclusion.details().path("uncordoned").asBoolean(false)).isTrue();
  }

  @Test
  void drain_apiServerAwayFromTheFirstEvictionUntilLongPastTheDeadline_takesTheCordonBack()
      throws Exception {
    Instant deadline = clock.instant().plusSeconds(10);
    AtomicInteger evictions = new AtomicInteger();
    front.script(call -> {
      if (call.isEviction()) {
        evictions.incrementAndGet();
      }
      return evictions.get() > 0 && clock.instant().isBefore(deadline.plusSeconds(45))
          ? Optional.of(new Reply.Dropped())
          : Optional.empty();
    });
    Conclusion conclusion = drain(Duration.ofSeconds(10), false, ActionPermit.unlimited());
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.TIMED_OUT);
    assertNotCordoned();
  }

  @Test
  void drain_nodeMayNotBePatchedAnyMore_saysThatTheCordonStays() throws Exception {
    AtomicInteger patches = new AtomicInteger();
    front.script(call ->
        (isOfNode(call) && call.isWrite() && patches.getAndIncrement() > 0)
            ? Optional.of(ApiFront.status(500, "InternalError", "failed calling webhook"))
            : Optional.empty());
    Conclusion conclusion =
        drain(Duration.ofSeconds(60), false, permit(() -> null, _ -> violation()));
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.REFUSED);
    assertThat(conclusion.details().path("uncordoned").asBoolean(true)).isFalse();
    assertThat(conclusion.details().path("cordon").asString(""))
        .containsAnyOf("failed calling webhook", "its deadline");
  }

  @Test
  void drain_defectInTheEvictionOfOnePod_reportsBothAndTakesItsCordonBack() throws Exception {
    AtomicInteger turns = new AtomicInteger();
    ActionPermit permit =
        permit(
            () -> {
              if (turns.getAndIncrement() == 0) {
                throw new IllegalStateException("on purpose");
              }
              return ActionPermit.unlimited().evictionTurn();
            },
            _ -> Optional.empty());
    Conclusion conclusion = drain(Duration.ofMinutes(5), false, permit);
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.FAILED);
    assertThat(conclusion.details().path("pods").valueStream().map(pod -> pod.path("outcome")))
        .extracting(JsonNode::stringValue)
        .containsExactlyInAnyOrder("failed", "changed");
    assertThat(conclusion.details().path("pods").toString()).contains("on purpose");
    assertNotCordoned();
  }

  @Test
  void drain_errorInTheEvictionOfOnePod_takesItsCordonBack() throws Exception {
    ActionPermit permit =
        permit(
            () -> {
              throw new StackOverflowError("on purpose");
            },
            _ -> Optional.empty());
    Conclusion conclusion = drain(Duration.ofMinutes(5), false, permit);
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.FAILED);
    assertNotCordoned();
  }

  @Test
  void drain_defectInTheDecision_takesItsCordonBack() throws Exception {
    ActionPermit permit =
        permit(
            () -> null,
            _ -> {
              throw new IllegalStateException("on purpose");
            });
    Conclusion conclusion = drain(Duration.ofMinutes(5), false, permit);
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.FAILED);
    assertThat(conclusion.message()).contains("on purpose");
    assertNotCordoned();
  }

  @Test
  void drain_journalCannotBeWritten_touchesNothing() throws Exception {
    store =
        _ -> {
          throw new IOException("on purpose");
        };
    Conclusion conclusion = drain(Duration.ofSeconds(40), false, ActionPermit.unlimited());
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(conclusion.message()).contains("the journal");
    assertThat(front.calls()).noneMatch(Call::isWrite);
  }

  @Test
  void drain_journalCannotBeWrittenAnyMore_evictsNothingAndTellsOfEachPod() throws Exception {
    store =
        patch -> {
          if (patch.has("pods")) {
            throw new IOException("on purpose");
          }
        };
    Conclusion conclusion = drain(Duration.ofSeconds(40), false, ActionPermit.unlimited());
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(conclusion.message()).contains("the journal");
    assertThat(conclusion.details().path("pods")).hasSize(2);
    assertThat(front.calls()).noneMatch(Call::isEviction);
    assertNotCordoned();
  }

  @Test
  void drain_uncordonedWhileItEvicts_evictsNothingThatLandedSince() throws Exception {
    front.script(call -> {
      if (call.isEviction() && !isUncordoned()) {
        uncordon();
        pod("late");
      }
      return Optional.empty();
    });
    Conclusion conclusion = drain(Duration.ofMinutes(5), false, ActionPermit.unlimited());
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.FAILED);
    assertThat(conclusion.message()).contains("somebody uncordoned it meanwhile");
    assertThat(cluster.get("v1", "Pod", "default", "late")).isPresent();
    assertThat(conclusion.details().path("pods")).hasSize(2);
    assertNotCordoned();
  }

  @Test
  void drain_anotherNodeOfTheNameMeanwhile_isStale() throws Exception {
    front.script(call -> {
      if (call.isEviction() && !isUncordoned()) {
        ObjectNode another = (ObjectNode) node();
        cluster.delete("v1", "Node", "", node);
        another.withObject("/metadata").remove(List.of("uid", "resourceVersion", "annotations"));
        cluster.apply((JsonNode) another);
        uncordon();
      }
      return Optional.empty();
    });
    Conclusion conclusion = drain(Duration.ofMinutes(5), false, ActionPermit.unlimited());
    assertThat(conclusion.outcome()).as(conclusion.message()).isEqualTo(Outcome.STALE_TARGET);
    assertThat(conclusion.details().path("pods")).isNotEmpty();
  }

  private boolean isUncordoned() {
    return !node().at("/spec/unschedulable").asBoolean(false);
  }

  /** As kubectl does, which knows no marks. */
  private void uncordon() {
    ObjectNode own = (ObjectNode) node();
    own.withObject("/spec").remove("unschedulable");
    own.withObject("/metadata").remove("resourceVersion");
    cluster.apply((JsonNode) own);
  }

  @Test
  void drain_dryRun_sendsItsCordonAsOneToo() throws Exception {
    Conclusion planned = drain(Duration.ofMinutes(5), true, ActionPermit.unlimited());
    assertThat(planned.outcome()).as(planned.message()).isEqualTo(Outcome.PLANNED);
    assertThat(front.calls())
        .filteredOn(call -> isOfNode(call) && call.method().equals("PATCH"))
        .singleElement()
        .matches(call -> call.query().contains("dryRun=All"));
    assertNotCordoned();

    front.script(call ->
        call.query().contains("dryRun=All") && isOfNode(call)
            ? Optional.of(ApiFront.status(400, "BadRequest", "a webhook denied it"))
            : Optional.empty());
    Conclusion denied = drain(Duration.ofMinutes(5), true, ActionPermit.unlimited());
    assertThat(denied.outcome()).as(denied.message()).isEqualTo(Outcome.FAILED);
    assertThat(denied.message()).contains("a webhook denied it");
  }

  private static Optional<Violation> violation() {
    return Optional.of(new Violation(GuardrailRule.PROTECTED_SELECTOR, "it is"));
  }

  /** What guards the pods. */
  private interface Protection {
    Optional<Violation> protecting(JsonNode pod);
  }

  private static ActionPermit permit(Supplier<EvictionTurn> turns, Protection protection) {
    return new ActionPermit() {
      @Override
      public EvictionTurn evictionTurn() {
        return turns.get();
      }

      @Override
      public Optional<Violation> protecting(JsonNode pod) {
        return protection.protecting(pod);
      }

      @Override
      public Optional<Violation> protectingFromTaint(JsonNode pod) {
        return protection.protecting(pod);
      }

      @Override
      public void close() {}
    };
  }
}
