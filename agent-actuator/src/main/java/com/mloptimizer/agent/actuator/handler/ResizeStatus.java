package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.ResizePod;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How far the kubelet is with a resize: by the conditions {@code PodResizePending} and {@code
 * PodResizeInProgress} from Kubernetes 1.33 on, by {@code status.resize} before. Pure.
 */
final class ResizeStatus {
  private static final String PENDING = "PodResizePending";

  private ResizeStatus() {}

  /**
   * Judges.
   *
   * @param before the pod before the resize was written: what the kubelet said of it was about an
   *     earlier resize; null if nothing was written
   */
  static RolloutStatus of(LiveObject pod, ResizePod parameters, @Nullable LiveObject before) {
    if (!pod.uid().equals(before == null ? pod.uid() : before.uid())) {
      return new RolloutStatus.Failed("another pod has its name now");
    }
    if (isDone(pod, parameters)) {
      return new RolloutStatus.Complete("the kubelet has applied it");
    }
    Optional<JsonNode> pending =
        pod.condition(PENDING)
            .filter(condition -> condition.path("status").asString("").equals("True"));
    boolean isOld =
        before != null && pending.isPresent() && pending.equals(before.condition(PENDING));
    if (isOld || isUnseen(pod, pending)) {
      return new RolloutStatus.Progressing("the kubelet has not answered");
    }
    if (pending.isPresent()) {
      String text = text(pending.get());
      return pending.get().path("reason").asString("").equals("Infeasible")
          ? new RolloutStatus.Failed(text)
          : new RolloutStatus.Progressing(text);
    }
    String legacy = pod.status().path("resize").asString("");
    if (legacy.equals("Infeasible")) {
      return new RolloutStatus.Failed(legacy);
    }
    return pod.condition("PodResizeInProgress")
        .map(condition -> new RolloutStatus.Progressing("in progress, " + text(condition)))
        .orElseGet(() -> new RolloutStatus.Progressing(legacy.isEmpty() ? "in progress" : legacy));
  }

  private static boolean isDone(LiveObject pod, ResizePod parameters) {
    for (JsonNode status : pod.status().path("containerStatuses")) {
      if (status.path("name").asString("").equals(parameters.container())) {
        return ContainerResources.matches(status.path("resources"), parameters.resources());
      }
    }
    return false;
  }

  /** From 1.34 on the kubelet says which generation of the spec it speaks of. */
  private static boolean isUnseen(LiveObject pod, Optional<JsonNode> pending) {
    JsonNode observed =
        pending
            .map(condition -> condition.path("observedGeneration"))
            .filter(JsonNode::isIntegralNumber)
            .orElseGet(() -> pod.status().path("observedGeneration"));
    return observed.isIntegralNumber()
        && observed.asLong() < pod.json().path("metadata").path("generation").asLong(0);
  }

  private static String text(JsonNode condition) {
    String reason = condition.path("reason").asString("");
    String message = condition.path("message").asString("");
    return message.isEmpty() ? reason : reason.isEmpty() ? message : reason + ": " + message;
  }
}
