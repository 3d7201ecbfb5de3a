package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters;
import com.mloptimizer.agent.core.action.ActionParameters.CordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.ActionParameters.EvictPod;
import com.mloptimizer.agent.core.action.ActionParameters.LabelNode;
import com.mloptimizer.agent.core.action.ActionParameters.RestartRollout;
import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.ActionParameters.Taint;
import com.mloptimizer.agent.core.action.ActionParameters.TaintNode;
import com.mloptimizer.agent.core.action.ActionParameters.UncordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.UpdateDeployment;
import com.mloptimizer.agent.core.action.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a node, its pods and a Deployment must be after a sequence of actions. */
final class SequenceModel {
  /** A pod that its budget never lets go. */
  static final String HELD = "held";

  static final Duration SHORT = Duration.ofSeconds(2);

  /** Enough to evict what may go, whatever fails meanwhile. */
  private static final Duration LONG = Duration.ofSeconds(10);

  private static final String FREE = "app=free";
  private static final String CANCELLED = "app=" + HELD;

  private final Random random;
  private final String namespace;
  private final String node;
  private final String nodeUid;

  boolean cordoned;
  final Map<String, String> labels = new TreeMap<>();
  final Map<String, String> taints = new TreeMap<>();
  final TreeSet<String> pods = new TreeSet<>();
  int replicas = 1;
  String image = "x:1";
  @Nullable Instant restartedAt;

  SequenceModel(Random random, String namespace, String node, String nodeUid) {
    this.random = random;
    this.namespace = namespace;
    this.node = node;
    this.nodeUid = nodeUid;
  }

  /** Something to do. */
  ActionParameters next(Instant now) {
    return switch (random.nextInt(11)) {
      case 0 -> new CordonNode(node, random.nextInt(4) == 0 ? "another" : nodeUid);
      case 1 -> new UncordonNode(node, random.nextInt(4) == 0 ? "another" : null);
      case 2, 3 ->
          new LabelNode(node, Map.of(key(), "v" + random.nextInt(2)), random.nextInt(3) == 0);
      case 4, 5 ->
          new TaintNode(
              node,
              List.of(
                  new Taint(
                      key(),
                      "v" + random.nextInt(2),
                      random.nextInt(6) == 0 ? "NoExecute" : "PreferNoSchedule")),
              random.nextInt(3) == 0,
              false);
      case 6 ->
          new ScaleWorkload(
              "Deployment",
              namespace,
              "web",
              random.nextInt(4),
              random.nextBoolean() ? null : replicas + random.nextInt(2),
              Duration.ZERO,
              false);
      case 7 ->
          new UpdateDeployment(
              namespace,
              "web",
              null,
              "x:" + random.nextInt(3),
              random.nextInt(4) == 0 ? "nobody" : null,
              null,
              Duration.ZERO);
      case 8 -> new RestartRollout("Deployment", namespace, "web", Duration.ZERO);
      case 9 -> {
        String pod = random.nextInt(8) == 0 ? HELD : "pod-" + random.nextInt(4);
        yield new EvictPod(
            namespace, pod, null, null, pod.equals(HELD) ? SHORT : Duration.ofSeconds(60));
      }
      default ->
          switch (random.nextInt(6)) {
            case 0 -> drain("app in (free,held)", LONG, random.nextInt(3) > 0);
            case 1 -> drain(CANCELLED, Duration.ofSeconds(60), true);
            default -> drain(FREE, Duration.ofSeconds(60), true);
          };
    };
  }

  private DrainNode drain(String pods, Duration timeout, boolean uncordonOnFailure) {
    boolean force = !pods.equals(FREE) || random.nextBoolean();
    return new DrainNode(node, null, null, timeout, force, false, true, pods, uncordonOnFailure);
  }

  /** Whether somebody cancels it while it waits for the pod that its budget holds. */
  static boolean isToBeCancelled(ActionParameters parameters) {
    return parameters instanceof DrainNode drain && CANCELLED.equals(drain.podSelector());
  }

  private String key() {
    return "key-" + random.nextInt(3);
  }

  /** The outcome of an action, whose effect the model now has. */
  Outcome apply(ActionParameters parameters, Instant issuedAt) {
    return switch (parameters) {
      case CordonNode p -> cordon(p.nodeUid(), true);
      case UncordonNode p -> cordon(p.nodeUid(), false);
      case LabelNode p -> {
        Map<String, String> before = new TreeMap<>(labels);
        p.labels().forEach((key, value) -> set(labels, key, p.remove() ? null : value));
        yield changed(!before.equals(labels));
      }
      case TaintNode p -> {
        Taint taint = p.taints().getFirst();
        if (taint.effect().equals("NoExecute")) {
          yield p.remove() ? Outcome.NO_CHANGE : Outcome.REFUSED;
        }
        Map<String, String> before = new TreeMap<>(taints);
        set(taints, taint.key(), p.remove() ? null : taint.value());
        yield changed(!before.equals(taints));
      }
      case ScaleWorkload p -> {
        if (p.replicas() == replicas) {
          yield Outcome.NO_CHANGE;
        }
        if (p.expectedReplicas() != null && p.expectedReplicas() != replicas) {
          yield Outcome.STALE_TARGET;
        }
        replicas = p.replicas();
        yield Outcome.CHANGED;
      }
      case UpdateDeployment p -> {
        if (p.container() != null) {
          yield Outcome.REFUSED;
        }
        boolean differs = !image.equals(p.image());
        image = Objects.requireNonNull(p.image());
        yield changed(differs);
      }
      case RestartRollout _ -> {
        boolean due = restartedAt == null || restartedAt.isBefore(issuedAt);
        restartedAt = due ? issuedAt : restartedAt;
        yield changed(due);
      }
      case EvictPod p ->
          p.podName().equals(HELD) ? Outcome.BLOCKED : changed(pods.remove(p.podName()));
      case DrainNode p -> {
        if (!p.force() && !pods.isEmpty()) {
          yield Outcome.REFUSED;
        }
        if (isToBeCancelled(p)) {
          yield Outcome.CANCELLED;
        }
        if (!FREE.equals(p.podSelector())) {
          pods.clear();
          cordoned |= !p.uncordonOnFailure();
          yield Outcome.BLOCKED;
        }
        boolean changes = !cordoned || !pods.isEmpty();
        cordoned = true;
        pods.clear();
        yield changed(changes);
      }
      default -> throw new IllegalArgumentException("not modelled: " + parameters);
    };
  }

  private Outcome cordon(@Nullable String uid, boolean wanted) {
    if (uid != null && !uid.equals(nodeUid)) {
      return Outcome.STALE_TARGET;
    }
    boolean differs = cordoned != wanted;
    cordoned = wanted;
    return changed(differs);
  }

  private static void set(Map<String, String> map, String key, @Nullable String value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  private static Outcome changed(boolean changed) {
    return changed ? Outcome.CHANGED : Outcome.NO_CHANGE;
  }

  @Override
  public String toString() {
    return "cordoned=%s labels=%s taints=%s pods=%s replicas=%d image=%s restarted=%s"
        .formatted(cordoned, labels, taints, pods, replicas, image, restartedAt);
  }
}
