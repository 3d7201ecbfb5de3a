package com.mloptimizer.agent.actuator.handler;

import java.util.Optional;
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

  /** Of a Deployment, StatefulSet or DaemonSet. */
  static RolloutStatus of(String kind, LiveObject workload) {
    return switch (kind) {
      case "Deployment" -> deployment(workload);
      case "StatefulSet" -> statefulSet(workload);
      case "DaemonSet" -> daemonSet(workload);
      default -> throw new IllegalArgumentException(kind + " has no rollouts");
    };
  }

  /** Of a change of replicas: seen by the controller, and as many pods as asked for. */
  static RolloutStatus ofScale(LiveObject workload, int replicas) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    int present = count(workload, "replicas");
    if (present == replicas) {
      return new Complete(replicas + " replicas");
    }
    return replicaFailure(workload)
        .orElseGet(() -> new Progressing("%d of %d replicas".formatted(present, replicas)));
  }

  private static RolloutStatus deployment(LiveObject workload) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    Optional<JsonNode> progressing = workload.condition("Progressing");
    if (progressing.isPresent()
        && progressing.get().path("reason").asString("").equals("ProgressDeadlineExceeded")) {
      return new Failed("ProgressDeadlineExceeded: " + text(progressing.get()));
    }
    Optional<RolloutStatus> failure = replicaFailure(workload);
    if (failure.isPresent()) {
      return failure.get();
    }
    int desired = replicas(workload);
    int updated = count(workload, "updatedReplicas");
    int present = count(workload, "replicas");
    int available = count(workload, "availableReplicas");
    if (updated < desired) {
      return new Progressing("%d of %d replicas are updated".formatted(updated, desired));
    }
    if (present > updated) {
      return new Progressing("%d old replicas are still there".formatted(present - updated));
    }
    if (available < updated) {
      return new Progressing(
          "%d of %d updated replicas are available".formatted(available, updated));
    }
    return new Complete("%d updated replicas are available".formatted(available));
  }

  private static RolloutStatus statefulSet(LiveObject workload) {
    if (!isObserved(workload)) {
      return unobserved();
    }
    int desired = replicas(workload);
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

  /** A quota, or an admission webhook, keeps the controller from creating pods. */
  private static Optional<RolloutStatus> replicaFailure(LiveObject workload) {
    return workload
        .condition("ReplicaFailure")
        .filter(condition -> condition.path("status").asString("").equals("True"))
        .map(condition -> new Failed("ReplicaFailure: " + text(condition)));
  }

  private static RolloutStatus unobserved() {
    return new Progressing("the controller has not seen the change");
  }

  private static boolean isObserved(LiveObject workload) {
    return workload.status().path("observedGeneration").asLong(0)
        >= workload.json().path("metadata").path("generation").asLong(0);
  }

  private static int replicas(LiveObject workload) {
    return workload.spec().path("replicas").asInt(1);
  }

  private static int count(LiveObject workload, String field) {
    return workload.status().path(field).asInt(0);
  }

  private static String text(JsonNode condition) {
    return condition.path("message").asString("no message");
  }
}
