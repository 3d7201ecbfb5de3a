package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The decision about every pod of a node, made before the first eviction. Pure: the dry run of a
 * drain is this plan, and nothing else decides.
 *
 * @param evict the pods to evict, in order
 * @param skipped the pods to leave, by {@code namespace/name}, with the reason
 * @param refused the pods that forbid the drain, by {@code namespace/name}, with the reason
 */
record DrainPlan(List<LiveObject> evict, Map<String, String> skipped, Map<String, String> refused) {
  private static final String SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";
  private static final String DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt";
  private static final int SYSTEM_CRITICAL = 2_000_000_000;

  DrainPlan {
    evict = List.copyOf(evict);
    skipped = Map.copyOf(skipped);
    refused = Map.copyOf(refused);
  }

  /** What is to become of one pod. */
  private sealed interface Verdict {
    record Evict() implements Verdict {}

    record Skip(String reason) implements Verdict {}

    record Refuse(String reason) implements Verdict {}
  }

  /**
   * Decides.
   *
   * @param pods all pods of the node
   * @param daemonSets {@code namespace/name} of the DaemonSets that exist
   * @param ownPod the agent's own pod, as {@code namespace/name}; evicted last of all
   */
  static DrainPlan of(
      DrainNode parameters,
      List<LiveObject> pods,
      List<String> daemonSets,
      @Nullable String ownPod) {
    List<LiveObject> evict = new ArrayList<>();
    Map<String, String> skipped = new LinkedHashMap<>();
    Map<String, String> refused = new LinkedHashMap<>();
    for (LiveObject pod : pods) {
      switch (verdict(parameters, pod, daemonSets)) {
        case Verdict.Evict _ -> evict.add(pod);
        case Verdict.Skip(String reason) -> skipped.put(key(pod), reason);
        case Verdict.Refuse(String reason) -> refused.put(key(pod), reason);
      }
    }
    evict.sort(Comparator.comparingInt(pod -> rank(pod, ownPod)));
    return new DrainPlan(evict, skipped, refused);
  }

  static String key(LiveObject pod) {
    return pod.namespace() + "/" + pod.name();
  }

  /** Ordinary pods first, then what the system needs, the agent itself last. */
  static int rank(LiveObject pod, @Nullable String ownPod) {
    if (key(pod).equals(ownPod)) {
      return 3;
    }
    if (pod.json().path("spec").path("priority").asInt(0) >= SYSTEM_CRITICAL) {
      return 2;
    }
    // Would come back to the cordoned node: after those that make room elsewhere, and once.
    return toleratesEverything(pod) ? 1 : 0;
  }

  private static Verdict verdict(DrainNode parameters, LiveObject pod, List<String> daemonSets) {
    if (!pod.annotation("kubernetes.io/config.mirror").isEmpty()) {
      return new Verdict.Skip("mirror pod");
    }
    String phase = pod.json().path("status").path("phase").asString("");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      return new Verdict.Evict();
    }
    Optional<JsonNode> controller = controller(pod);
    if (controller.map(owner -> owner.path("kind").asString("")).orElse("").equals("DaemonSet")) {
      String name = pod.namespace() + "/" + controller.get().path("name").asString("");
      if (daemonSets.contains(name)) {
        return parameters.ignoreDaemonsets()
            ? new Verdict.Skip("managed by DaemonSet " + name)
            : new Verdict.Refuse("managed by DaemonSet " + name + " (ignore_daemonsets is false)");
      }
      if (!parameters.force()) {
        return new Verdict.Refuse("its DaemonSet " + name + " is gone (force would evict it)");
      }
    }
    if (parameters.force()) {
      return emptyDir(parameters, pod)
          .<Verdict>map(Verdict.Refuse::new)
          .orElseGet(Verdict.Evict::new);
    }
    return refusal(parameters, pod, controller.isPresent())
        .<Verdict>map(Verdict.Refuse::new)
        .orElseGet(Verdict.Evict::new);
  }

  private static Optional<String> refusal(
      DrainNode parameters, LiveObject pod, boolean isControlled) {
    if (!isControlled) {
      return Optional.of("no controller would replace it (force would evict it)");
    }
    if (pod.annotation(SAFE_TO_EVICT).equals("false")) {
      return Optional.of("annotated " + SAFE_TO_EVICT + ": false (force would evict it)");
    }
    if (pod.annotation(DO_NOT_DISRUPT).equals("true")) {
      return Optional.of("annotated " + DO_NOT_DISRUPT + ": true (force would evict it)");
    }
    return emptyDir(parameters, pod);
  }

  private static Optional<String> emptyDir(DrainNode parameters, LiveObject pod) {
    if (!parameters.deleteEmptydirData()) {
      for (JsonNode volume : pod.json().path("spec").path("volumes")) {
        if (!volume.path("emptyDir").isMissingNode()) {
          return Optional.of(
              "has emptyDir volume %s (delete_emptydir_data would lose it)"
                  .formatted(volume.path("name").asString("")));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<JsonNode> controller(LiveObject pod) {
    for (JsonNode owner : pod.json().path("metadata").path("ownerReferences")) {
      if (owner.path("controller").asBoolean(false)) {
        return Optional.of(owner);
      }
    }
    return Optional.empty();
  }

  private static boolean toleratesEverything(LiveObject pod) {
    for (JsonNode toleration : pod.json().path("spec").path("tolerations")) {
      if (toleration.path("operator").asString("").equals("Exists")
          && toleration.path("key").asString("").isEmpty()
          && toleration.path("effect").asString("").isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
