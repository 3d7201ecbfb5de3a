package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Keeps a Deployment's counts and conditions, from which rollout status is read. */
final class DeploymentStatus {
  private static final List<String> COUNTS =
      List.of("replicas", "updatedReplicas", "readyReplicas", "availableReplicas");

  private final ObjectStore store;

  DeploymentStatus(ObjectStore store) {
    this.store = store;
  }

  void keep(ObjectNode deployment, Optional<ObjectNode> current, List<ObjectNode> sets) {
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.DEPLOYMENT, deployment),
        found -> {
          boolean moved = count(found, current, sets);
          availability(found);
          progress(found, current, moved);
          // The sets were seen together with this generation, not with one written since.
          Fields.object(found, "status")
              .set("observedGeneration", Fields.at(deployment, "metadata.generation"));
          return found;
        });
  }

  /** Sets the counts; says whether one of them changed. */
  private static boolean count(
      ObjectNode deployment, Optional<ObjectNode> current, List<ObjectNode> sets) {
    ObjectNode status = Fields.object(deployment, "status");
    ObjectNode before = status.deepCopy();
    int desired = Fields.count(deployment, "spec.replicas", 1);
    int available = sum(sets, "status.availableReplicas");
    status.put("replicas", sum(sets, "status.replicas"));
    int updated = current.map(set -> Fields.count(set, "status.replicas", 0)).orElse(0);
    status.put("updatedReplicas", updated);
    status.put("readyReplicas", sum(sets, "status.readyReplicas"));
    status.put("availableReplicas", available);
    int missing = Math.max(0, Math.max(desired, sum(sets, "status.replicas")) - available);
    if (missing > 0) {
      status.put("unavailableReplicas", missing);
    } else {
      status.remove("unavailableReplicas");
    }
    return COUNTS.stream().anyMatch(name -> !before.path(name).equals(status.path(name)));
  }

  private static int sum(List<ObjectNode> sets, String path) {
    return sets.stream().mapToInt(set -> Fields.count(set, path, 0)).sum();
  }

  private void availability(ObjectNode deployment) {
    int desired = Fields.count(deployment, "spec.replicas", 1);
    int unavailable =
        Share.of(
            Fields.at(deployment, "spec.strategy.rollingUpdate.maxUnavailable"), desired, false);
    boolean available =
        Fields.count(deployment, "status.availableReplicas", 0) >= desired - unavailable;
    Conditions.set(
        deployment,
        "Available",
        available,
        available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        available
            ? "Deployment has minimum availability."
            : "Deployment does not have minimum availability.",
        store.now());
  }

  private void progress(ObjectNode deployment, Optional<ObjectNode> current, boolean moved) {
    int desired = Fields.count(deployment, "spec.replicas", 1);
    String name = current.map(Fields::name).orElse("");
    boolean complete =
        current.isPresent()
            && Fields.count(deployment, "status.updatedReplicas", 0) == desired
            && Fields.count(deployment, "status.replicas", 0) == desired
            && Fields.count(deployment, "status.availableReplicas", 0) == desired;
    Instant now = store.now();
    if (complete) {
      String message = "ReplicaSet \"" + name + "\" has successfully progressed.";
      set(deployment, true, "NewReplicaSetAvailable", message, moved);
    } else if (moved || Conditions.find(deployment, "Progressing").isEmpty()) {
      String message = "ReplicaSet \"" + name + "\" is progressing.";
      set(deployment, true, "ReplicaSetUpdated", message, true);
    } else if (isLate(deployment, now)) {
      String message = "ReplicaSet \"" + name + "\" has timed out progressing.";
      set(deployment, false, "ProgressDeadlineExceeded", message, false);
    }
  }

  private static boolean isLate(ObjectNode deployment, Instant now) {
    long deadline = Fields.number(deployment, "spec.progressDeadlineSeconds", 600);
    return !Fields.flag(deployment, "spec.paused")
        && Fields.time(Conditions.find(deployment, "Progressing"), "lastUpdateTime")
            .filter(since -> since.plusSeconds(deadline).isBefore(now))
            .isPresent();
  }

  private void set(
      ObjectNode deployment, boolean value, String reason, String message, boolean touched) {
    ObjectNode condition =
        Conditions.set(deployment, "Progressing", value, reason, message, store.now());
    if (touched || !condition.has("lastUpdateTime")) {
      condition.put("lastUpdateTime", Fields.timestamp(store.now()));
    }
  }
}
