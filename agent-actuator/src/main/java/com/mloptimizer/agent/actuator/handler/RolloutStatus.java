package com.mloptimizer.agent.actuator.handler;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How far a rollout is, decided from one look at the workload as {@code kubectl rollout status}
 * decides it; a replica failure is an end here, not something to wait for. Pure.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go">kubectl's
 *     rollout_status.go</a>
 */
sealed interface RolloutStatus {
  /** For a person. */
  String message();

  /** Everything that was asked for runs. */
  record Complete(String message) implements RolloutStatus {}

  /** Not yet. */
  record Progressing(String message) implements RolloutStatus {}

  /** Its controller says that it does not get on. */
  record Failed(String message) implements RolloutStatus {}

  /**
   * Of a Deployment, StatefulSet or DaemonSet.
   *
   * @param before the workload before the change: a condition that it had is no news of the change,
   *     which may well be what remedies it; null if nothing was changed
   */
  static RolloutStatus of(String kind, LiveObject workload, @Nullable LiveObject before) {
    return switch (kind) {
      case "Deployment" -> deployment(workload, before);
      case "StatefulSet" -> statefulSet(workload);
      case "DaemonSet" -> daemonSet(workload);
      default -> throw new IllegalArgumentException(kind + " has no rollouts");
    };
  }

  /**
   * Of a change of replicas: seen by the controller, and as many pods as asked for.
   *
   * @param before as for {@link #of}
   */
  static RolloutStatus ofScale(LiveObject workload, int replicas, @Nullable LiveObject before) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    int present = count(workload, "replicas");
    if (present == replicas) {
      return new Complete(replicas + " replicas");
    }
    return failure(workload, before)
        .orElseGet(() -> progressing("%d of %d replicas".formatted(present, replicas), workload));
  }

  private static RolloutStatus deployment(LiveObject workload, @Nullable LiveObject before) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    Optional<RolloutStatus> failure = failure(workload, before);
    if (failure.isPresent()) {
      return failure.get();
    }
    int desired = Replicas.of(workload);
    int updated = count(workload, "updatedReplicas");
    int present = count(workload, "replicas");
    int available = count(workload, "availableReplicas");
    if (updated < desired) {
      return progressing("%d of %d replicas are updated".formatted(updated, desired), workload);
    }
    if (present > updated) {
      return progressing("%d old replicas are still there".formatted(present - updated), workload);
    }
    if (available < updated) {
      return progressing(
          "%d of %d updated replicas are available".formatted(available, updated), workload);
    }
    return new Complete("%d updated replicas are available".formatted(available));
  }

  private static RolloutStatus statefulSet(LiveObject workload) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    int desired = Replicas.of(workload);
    int ready = count(workload, "readyReplicas");
    int updated = count(workload, "updatedReplicas");
    if (ready < desired) {
      return new Progressing("%d of %d replicas are ready".formatted(ready, desired));
    }
    JsonNode partition =
        workload.spec().path("updateStrategy").path("rollingUpdate").path("partition");
    if (partition.asInt(0) > 0) {
      int due = Math.max(0, desired - partition.asInt(0));
      return updated < due
          ? new Progressing("%d of %d replicas are updated".formatted(updated, due))
          : new Complete(
              "%d replicas are updated; the partition keeps the others".formatted(updated));
    }
    boolean sameRevision =
        workload.status().path("updateRevision").equals(workload.status().path("currentRevision"));
    if (updated < desired || !sameRevision) {
      return new Progressing("%d of %d replicas are updated".formatted(updated, desired));
    }
    return new Complete("%d updated replicas are ready".formatted(ready));
  }

  private static RolloutStatus daemonSet(LiveObject workload) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    int desired = count(workload, "desiredNumberScheduled");
    int updated = count(workload, "updatedNumberScheduled");
    int available = count(workload, "numberAvailable");
    if (updated < desired) {
      return new Progressing("%d of %d pods are updated".formatted(updated, desired));
    }
    if (available < desired) {
      return new Progressing("%d of %d updated pods are available".formatted(available, desired));
    }
    return new Complete("%d updated pods are available".formatted(available));
  }

  /** A condition that says that the controller does not get on, and did not say so before. */
  private static Optional<RolloutStatus> failure(LiveObject workload, @Nullable LiveObject before) {
    List<JsonNode> known = before == null ? List.of() : troubles(before);
    return troubles(workload).stream()
        .filter(condition -> !known.contains(condition))
        .findFirst()
        .map(condition -> new Failed(text(condition)));
  }

  /** What the controller said before the change may still be why it does not get on. */
  private static RolloutStatus progressing(String message, LiveObject workload) {
    return new Progressing(
        troubles(workload).stream()
            .findFirst()
            .map(condition -> "%s, as before the change %s".formatted(message, text(condition)))
            .orElse(message));
  }

  /**
   * The deadline for progress has passed; a quota, or an admission webhook, keeps the controller
   * from creating pods.
   */
  private static List<JsonNode> troubles(LiveObject workload) {
    Optional<JsonNode> late =
        workload
            .condition("Progressing")
            .filter(condition ->
                condition.path("reason").asString("").equals("ProgressDeadlineExceeded"));
    Optional<JsonNode> refused =
        workload
            .condition("ReplicaFailure")
            .filter(condition -> condition.path("status").asString("").equals("True"));
    return Stream.of(late, refused).flatMap(Optional::stream).toList();
  }

  private static RolloutStatus unobserved() {
    return new Progressing("the controller has not seen the change");
  }

  private static boolean isObserved(LiveObject workload) {
    return workload.status().path("observedGeneration").asLong(0)
        >= workload.json().path("metadata").path("generation").asLong(0);
  }

  private static int count(LiveObject workload, String field) {
    return workload.status().path(field).asInt(0);
  }

  private static String text(JsonNode condition) {
    String type = condition.path("type").asString("");
    return "%s: %s"
        .formatted(
            type.equals("Progressing") ? "ProgressDeadlineExceeded" : type,
            condition.path("message").asString("no message"));
  }
}
