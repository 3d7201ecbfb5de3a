package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.actuator.guardrail.Violation;
import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The decision about every pod of a node, made before the first eviction. Pure: the dry run of a
 * drain is this plan, and nothing else decides.
 *
 * @param evict the pods to evict, in order
 * @param skipped the pods to leave, with the reason
 * @param refused the pods that forbid the drain, with the reason
 * @param violations the pods that a guardrail protects, which forbids the drain, too
 */
record DrainPlan(
    List<LiveObject> evict,
    Map<LiveObject, String> skipped,
    Map<LiveObject, String> refused,
    Map<LiveObject, Violation> violations) {
  private static final String SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";
  private static final String DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt";
  private static final String CORDON_TAINT = "node.kubernetes.io/unschedulable";
  private static final int SYSTEM_CRITICAL = 2_000_000_000;

  /** The last of the ranks. */
  static final int OWN_POD = 3;

  DrainPlan {
    evict = List.copyOf(evict);
    skipped = Collections.unmodifiableMap(new LinkedHashMap<>(skipped));
    refused = Collections.unmodifiableMap(new LinkedHashMap<>(refused));
    violations = Collections.unmodifiableMap(new LinkedHashMap<>(violations));
  }

  /** What is to become of one pod. */
  private sealed interface Verdict {
    record Evict() implements Verdict {}

    record Skip(String reason) implements Verdict {}

    record Refuse(String reason) implements Verdict {}

    record Violate(Violation violation) implements Verdict {}
  }

  /**
   * What a drain knows beside its parameters.
   *
   * @param daemonSets UIDs of the DaemonSets that exist
   * @param begun UIDs of the pods that the drain set out to evict before; empty at its beginning
   * @param protection the guardrail that forbids evicting a pod
   * @param ownPod the agent's own pod, as {@code namespace/name}; evicted last of all
   */
  record Facts(
      Set<String> daemonSets,
      Set<String> begun,
      Function<JsonNode, Optional<Violation>> protection,
      @Nullable String ownPod) {}

  /** Decides about all pods of the node. */
  static DrainPlan of(DrainNode parameters, List<LiveObject> pods, Facts facts) {
    List<LiveObject> evict = new ArrayList<>();
    Map<LiveObject, String> skipped = new LinkedHashMap<>();
    Map<LiveObject, String> refused = new LinkedHashMap<>();
    Map<LiveObject, Violation> violations = new LinkedHashMap<>();
    for (LiveObject pod : pods) {
      switch (guarded(verdict(parameters, pod, facts), pod, facts)) {
        case Verdict.Evict _ -> evict.add(pod);
        case Verdict.Skip(String reason) -> skipped.put(pod, reason);
        case Verdict.Refuse(String reason) -> refused.put(pod, reason);
        case Verdict.Violate(Violation violation) -> violations.put(pod, violation);
      }
    }
    evict.sort(Comparator.comparingInt(pod -> rank(pod, facts.ownPod())));
    return new DrainPlan(evict, skipped, refused, violations);
  }

  /** Whether the drain may begin. */
  boolean isPermitted() {
    return refused.isEmpty() && violations.isEmpty();
  }

  static String key(LiveObject pod) {
    return pod.namespace() + "/" + pod.name();
  }

  /** Ordinary pods first, then what the system needs, then what comes back, the agent last. */
  static int rank(LiveObject pod, @Nullable String ownPod) {
    if (key(pod).equals(ownPod)) {
      return OWN_POD;
    }
    if (toleratesCordon(pod)) {
      return 2;
    }
    return pod.spec().path("priority").asInt(0) >= SYSTEM_CRITICAL ? 1 : 0;
  }

  /**
   * What a guardrail makes of a pod that is not left alone anyway; it weighs more than a refusal
   * that the action's parameters could overcome. A terminating pod goes whatever we do.
   */
  private static Verdict guarded(Verdict verdict, LiveObject pod, Facts facts) {
    if (verdict instanceof Verdict.Skip || pod.isTerminating()) {
      return verdict;
    }
    Optional<Violation> violation = facts.protection().apply(pod.json());
    if (violation.isEmpty()) {
      return verdict;
    }
    return pod.isFinished()
        ? new Verdict.Skip("finished, and protected: " + violation.get())
        : new Verdict.Violate(violation.get());
  }

  private static Verdict verdict(DrainNode parameters, LiveObject pod, Facts facts) {
    if (pod.isMirrorPod()) {
      return new Verdict.Skip("mirror pod");
    }
    if (pod.isTerminating() || pod.isFinished()) {
      return new Verdict.Evict();
    }
    Optional<JsonNode> controller = pod.controller();
    if (controller.isPresent()
        && controller.get().path("kind").asString("").equals("DaemonSet")
        && facts.daemonSets().contains(controller.get().path("uid").asString(""))) {
      String name = "managed by DaemonSet " + controller.get().path("name").asString("");
      return parameters.ignoreDaemonsets()
          ? new Verdict.Skip(name)
          : new Verdict.Refuse(name + " (ignore_daemonsets would leave it)");
    }
    if (!facts.begun().isEmpty() && !facts.begun().contains(pod.uid()) && toleratesCordon(pod)) {
      return new Verdict.Skip("came back: it tolerates the cordon");
    }
    return (parameters.force() ? Optional.<String>empty() : needsForce(pod, controller))
        .or(() -> losesData(parameters, pod))
        .<Verdict>map(Verdict.Refuse::new)
        .orElseGet(Verdict.Evict::new);
  }

  private static Optional<String> needsForce(LiveObject pod, Optional<JsonNode> controller) {
    if (controller.isEmpty()) {
      return Optional.of("no controller would replace it (force would evict it)");
    }
    if (controller.get().path("kind").asString("").equals("DaemonSet")) {
      return Optional.of(
          "its DaemonSet %s is gone (force would evict it)"
              .formatted(controller.get().path("name").asString("")));
    }
    if (pod.annotation(SAFE_TO_EVICT).equals("false")) {
      return Optional.of("annotated " + SAFE_TO_EVICT + ": false (force would evict it)");
    }
    if (pod.annotation(DO_NOT_DISRUPT).equals("true")) {
      return Optional.of("annotated " + DO_NOT_DISRUPT + ": true (force would evict it)");
    }
    return Optional.empty();
  }

  private static Optional<String> losesData(DrainNode parameters, LiveObject pod) {
    if (!parameters.deleteEmptydirData()) {
      for (JsonNode volume : pod.spec().path("volumes")) {
        if (volume.has("emptyDir")) {
          return Optional.of(
              "has emptyDir volume %s (delete_emptydir_data would lose it)"
                  .formatted(volume.path("name").asString("")));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether the scheduler would put it, or its replacement, on the cordoned node again. */
  static boolean toleratesCordon(LiveObject pod) {
    return Toleration.of(pod).stream()
        .anyMatch(toleration -> toleration.matches(CORDON_TAINT, "", "NoSchedule"));
  }
}
