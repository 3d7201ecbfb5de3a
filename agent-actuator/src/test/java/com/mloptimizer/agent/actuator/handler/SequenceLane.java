package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.ApiFront;
import com.mloptimizer.agent.actuator.ApiFront.Call;
import com.mloptimizer.agent.actuator.ApiFront.Reply;
import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParameters;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One node and, for each sequence, one namespace of an embedded cluster, behind faults. */
final class SequenceLane implements AutoCloseable {
  private static final int STEPS = 5;

  private final EmbeddedCluster cluster;
  private final String node;
  private final String nodeUid;
  private final KubernetesClient direct;
  private final ApiFront front;
  private final KubernetesClient faulty;

  SequenceLane(EmbeddedCluster cluster, int lane) throws Exception {
    this.cluster = cluster;
    JsonNode own = cluster.list("v1", "Node", "").get(lane);
    this.node = own.at("/metadata/name").asString("");
    this.nodeUid = own.at("/metadata/uid").asString("");
    Path directory = Files.createTempDirectory("lane");
    this.direct = open(cluster.writeKubeconfig(directory.resolve("direct")));
    this.front = new ApiFront(direct);
    this.faulty = open(front.writeKubeconfig(directory.resolve("front")));
  }

  private static KubernetesClient open(Path kubeconfig) throws Exception {
    return KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
        .withKubeconfig(kubeconfig)
        .open("test");
  }

  /** Runs one sequence; returns how many actions it had. */
  int run(long seed) throws Exception {
    Random random = new Random(seed);
    String namespace = "sequence-" + seed;
    SequenceModel model = prepare(random, namespace);
    StringBuilder story = new StringBuilder("seed " + seed);
    for (int step = 1; step <= STEPS; step++) {
      operator(random, model, namespace, step, story);
      Instant issuedAt = Instant.now();
      ActionParameters parameters = model.next(issuedAt);
      story.append("\n").append(step).append(". ").append(parameters);
      Outcome expected = model.apply(parameters, issuedAt);
      Attempts attempts =
          new Attempts(random, parameters, issuedAt, "s%d-%d".formatted(seed, step));
      Conclusion conclusion = attempts.untilConcluded();
      story.append(" -> ").append(conclusion.outcome().wireName()).append(attempts.story);
      assertThat(conclusion.outcome())
          .as("%s\nexpected %s: %s", story, expected, conclusion.message())
          .isIn(possible(expected, attempts));
      assertThat(actual(namespace))
          .as("%s\n%s", story, conclusion.message())
          .isEqualTo(model.toString());
      assertThat(attempts.evictions.values()).as(story.toString()).allMatch(times -> times == 1);
    }
    tidy();
    return STEPS;
  }

  /**
   * After a crash an action that had done it all need not know that it did, and one that was held
   * up may come too late to hear of it once more.
   */
  private static Set<Outcome> possible(Outcome expected, Attempts attempts) {
    return switch (expected) {
      case CHANGED ->
          attempts.crashed ? EnumSet.of(expected, Outcome.NO_CHANGE) : EnumSet.of(expected);
      case BLOCKED ->
          attempts.crashed || attempts.heldUp
              ? EnumSet.of(expected, Outcome.TIMED_OUT)
              : EnumSet.of(expected);
      default -> EnumSet.of(expected);
    };
  }

  private SequenceModel prepare(Random random, String namespace) {
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: %s}}".formatted(namespace));
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: %s}
        spec:
          replicas: 1
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers: [{name: main, image: "x:1"}]
        """
            .formatted(namespace));
    cluster.apply(
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: holds, namespace: %s}
        spec: {minAvailable: 1, selector: {matchLabels: {app: held}}}
        """
            .formatted(namespace));
    SequenceModel model = new SequenceModel(random, namespace, node, nodeUid);
    pod(namespace, SequenceModel.HELD, "held");
    return model;
  }

  /** What somebody else does between two actions. */
  private void operator(
      Random random, SequenceModel model, String namespace, int step, StringBuilder story) {
    if (step == 1 || random.nextInt(3) == 0) {
      String pod = "pod-" + random.nextInt(4);
      if (model.pods.add(pod)) {
        pod(namespace, pod, "free");
        story.append("\n   new ").append(pod);
      }
    }
    if (random.nextInt(6) == 0 && !model.cordoned) {
      ObjectNode changed = (ObjectNode) cluster.get("v1", "Node", "", node).orElseThrow();
      changed.withObject("/spec").put("unschedulable", true);
      changed.withObject("/metadata").remove("resourceVersion");
      cluster.apply((JsonNode) changed);
      model.cordoned = true;
      story.append("\n   cordoned by an operator");
    }
  }

  private void pod(String namespace, String name, String app) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: %s, labels: {app: %s}}
        spec: {nodeName: %s, containers: [{name: main, image: x}]}
        """
            .formatted(name, namespace, app, node));
    await(() -> {
      JsonNode pod = cluster.get("v1", "Pod", namespace, name).orElseThrow();
      return pod.at("/status/phase").asString("").equals("Running");
    });
  }

  private void await(BooleanSupplier condition) {
    try {
      boolean held = cluster.await(condition, Duration.ofSeconds(20));
      assertThat(held).as("the cluster follows").isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tidy() {
    ObjectNode clean = (ObjectNode) cluster.get("v1", "Node", "", node).orElseThrow();
    clean.withObject("/spec").remove("unschedulable");
    clean.withObject("/spec").remove("taints");
    clean.withObject("/metadata").remove("resourceVersion");
    ObjectNode labels = clean.withObject("/metadata/labels");
    labels.propertyNames().stream()
        .filter(key -> key.startsWith("key-"))
        .toList()
        .forEach(labels::remove);
    cluster.apply((JsonNode) clean);
  }

  /** The cluster in the words of the model. */
  private String actual(String namespace) {
    JsonNode own = cluster.get("v1", "Node", "", node).orElseThrow();
    JsonNode web = cluster.get("apps/v1", "Deployment", namespace, "web").orElseThrow();
    SequenceModel seen = new SequenceModel(new Random(0), namespace, node, nodeUid);
    seen.cordoned = own.at("/spec/unschedulable").asBoolean(false);
    for (var label : own.at("/metadata/labels").properties()) {
      if (label.getKey().startsWith("key-")) {
        seen.labels.put(label.getKey(), label.getValue().asString(""));
      }
    }
    for (JsonNode taint : own.at("/spec/taints")) {
      if (taint.path("key").asString("").startsWith("key-")) {
        seen.taints.put(taint.path("key").asString(""), taint.path("value").asString(""));
      }
    }
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode pod : cluster.list("v1", "Pod", namespace)) {
      if (pod.at("/metadata/labels/app").asString("").equals("free")) {
        names.add(pod.at("/metadata/name").asString(""));
      }
    }
    assertThat(cluster.get("v1", "Pod", namespace, SequenceModel.HELD)).isPresent();
    seen.pods.addAll(names);
    seen.replicas = web.at("/spec/replicas").asInt(-1);
    seen.image = web.at("/spec/template/spec/containers/0/image").asString("");
    String restarted =
        web.at("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt")
            .asString("");
    seen.restartedAt = restarted.isEmpty() ? null : Instant.parse(restarted);
    assertThat(own.at("/metadata/annotations").toString())
        .as("no mark is left behind")
        .doesNotContain("cordoned-by");
    return seen.toString();
  }

  @Override
  public void close() {
    faulty.close();
    front.close();
    direct.close();
  }

  /** One action, by as many agents as die over it. */
  private final class Attempts {
    private final Random random;
    private final ActionParameters parameters;
    private final Instant issuedAt;
    private final ActionId id;
    private final ObjectNode journal = new JsonMapper().createObjectNode();

    /** Accepted evictions by UID. */
    private final Map<String, Integer> evictions = new TreeMap<>();

    private final StringBuilder story = new StringBuilder();

    /** Of all attempts: what is cancelled stays so. */
    private final Clearance clearance = Clearance.ofAll();

    private StopSignal stop = new StopSignal();
    private boolean crashed;
    private volatile boolean heldUp;
    private volatile boolean dead;

    // Guarded by this: calls come from several threads.
    private int faultsLeft;
    private int crashesLeft;
    private int callsUntilCancelled;

    Attempts(Random random, ActionParameters parameters, Instant issuedAt, String id) {
      this.random = random;
      this.parameters = parameters;
      this.issuedAt = issuedAt;
      this.id = new ActionId(id);
      this.faultsLeft = random.nextInt(3);
      this.crashesLeft = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
      this.callsUntilCancelled =
          SequenceModel.isToBeCancelled(parameters) ? 1 + random.nextInt(8) : Integer.MAX_VALUE;
    }

    Conclusion untilConcluded() throws Exception {
      front.script(this::disturb);
      @Nullable Instant begun = null;
      while (true) {
        dead = false;
        stop = new StopSignal();
        try {
          Conclusion conclusion = new Handlers(faulty, null).handle(parameters, context(begun));
          if (!dead) {
            return conclusion;
          }
        } catch (SuspendedException e) {
          assertThat(dead).as(story.toString()).isTrue();
        } finally {
          front.script(_ -> Optional.empty());
        }
        begun = begun == null ? issuedAt : begun;
        front.script(this::disturb);
      }
    }

    private ActionContext context(@Nullable Instant begun) {
      ActionMemory memory = new ActionMemory(journal, this::save, Ticker.system());
      return new ActionContext(
          id,
          issuedAt,
          begun,
          false,
          issuedAt.plus(parameters.timeout().orElse(Duration.ofSeconds(60))),
          InstantSource.system(),
          stop,
          (_, _) -> {},
          memory,
          ActionPermit.unlimited(),
          clearance);
    }

    private synchronized void save(ObjectNode patch) throws IOException {
      if (dead) {
        throw new IOException("dead");
      }
      if (faultsLeft > 0 && random.nextInt(3) == 0) {
        faultsLeft--;
        heldUp = true;
        story.append(" !save");
        throw new IOException("fault");
      }
      for (var pod : patch.path("pods").properties()) {
        journal.withObject("/pods").set(pod.getKey(), pod.getValue());
      }
    }

    private Optional<Reply> disturb(Call call) {
      if (dead) {
        return Optional.of(new Reply.Dropped());
      }
      Optional<Reply> reply = decide(call);
      if (reply.isEmpty() || reply.get() instanceof Reply.Lost) {
        noteEviction(call);
      }
      return reply;
    }

    private synchronized Optional<Reply> decide(Call call) {
      if (--callsUntilCancelled == 0) {
        story.append(" cancelled");
        clearance.cancel(new ActionId("canceller"));
      }
      if (crashesLeft > 0 && random.nextInt(4) == 0) {
        crashesLeft--;
        dead = true;
        crashed = true;
        boolean served = random.nextBoolean();
        story.append(served ? " †after " : " †before ").append(call.method());
        stop.request();
        return Optional.of(served ? new Reply.Lost() : new Reply.Dropped());
      }
      if (faultsLeft == 0 || random.nextInt(3) > 0) {
        return Optional.empty();
      }
      faultsLeft--;
      int kind = random.nextInt(call.isWrite() ? 6 : 5);
      story.append(" !").append(kind).append(call.method());
      return switch (kind) {
        case 0 -> Optional.of(ApiFront.status(500, "InternalError", "fault"));
        case 1 -> Optional.of(ApiFront.status(429, "TooManyRequests", "fault"));
        case 2 -> Optional.of(new Reply.Lost());
        case 3 -> Optional.of(new Reply.Dropped());
        case 4 -> {
          LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
          yield Optional.empty();
        }
        default -> Optional.of(ApiFront.status(409, "Conflict", "fault"));
      };
    }

    private synchronized void noteEviction(Call call) {
      if (call.isEviction()) {
        String uid = call.json().at("/deleteOptions/preconditions/uid").asString("");
        if (cluster.list("v1", "Pod", "").stream()
            .filter(pod -> pod.at("/metadata/uid").asString("").equals(uid))
            .anyMatch(pod -> !pod.at("/metadata/labels/app").asString("").equals("held"))) {
          evictions.merge(uid, 1, Integer::sum);
        }
      }
    }
  }
}
