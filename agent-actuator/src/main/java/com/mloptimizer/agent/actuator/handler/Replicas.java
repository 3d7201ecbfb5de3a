package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Target;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Who decides about the replicas of a workload. Pure. */
final class Replicas {
  private Replicas() {}

  /** As many as the workload is to have; 1 if it does not say. */
  static int of(LiveObject workload) {
    return workload.spec().path("replicas").asInt(1);
  }

  /**
   * Why a change of the replicas would not last: an autoscaler, or an owner such as a pool or a
   * Deployment, sets them itself.
   *
   * @param autoscalers those of the workload's namespace
   */
  static Optional<String> decidedByOthers(
      Target target, LiveObject workload, List<LiveObject> autoscalers) {
    for (LiveObject autoscaler : autoscalers) {
      if (isAbout(autoscaler.spec().path("scaleTargetRef"), target)) {
        return Optional.of(
            "HorizontalPodAutoscaler %s decides about the replicas of %s"
                .formatted(autoscaler.name(), target));
      }
    }
    return owner(workload)
        .map(owner ->
            "%s %s owns %s and decides about its replicas"
                .formatted(
                    owner.path("kind").asString(""), owner.path("name").asString(""), target));
  }

  private static boolean isAbout(JsonNode reference, Target target) {
    String version = reference.path("apiVersion").asString("apps/v1");
    return reference.path("kind").asString("").equals(target.kind())
        && reference.path("name").asString("").equals(target.name())
        && (version.startsWith("apps/") || version.startsWith("extensions/"));
  }

  /** Its controller; a pool need not have said that it is one. */
  private static Optional<JsonNode> owner(LiveObject workload) {
    return workload
        .controller()
        .or(() ->
            workload
                .json()
                .path("metadata")
                .path("ownerReferences")
                .valueStream()
                .filter(owner -> owner.path("kind").asString("").endsWith("Pool"))
                .findFirst());
  }
}
