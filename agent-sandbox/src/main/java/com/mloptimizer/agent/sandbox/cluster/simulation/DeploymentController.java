package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Rolls a Deployment's template out over ReplicaSets, within its surge and unavailability. */
final class DeploymentController implements Controller {
  private static final String HASH = "pod-template-hash";
  private static final String REVISION = "deployment.kubernetes.io/revision";

  private final ObjectStore store;
  private final Pods pods;
  private final PodAdmission admission;
  private final EventRecorder events;
  private final DeploymentStatus status;

  DeploymentController(ObjectStore store, Pods pods, PodAdmission admission) {
    this.store = store;
    this.pods = pods;
    this.admission = admission;
    this.events = new EventRecorder(store, "deployment-controller");
    this.status = new DeploymentStatus(store);
  }

  @Override
  public void reconcile() {
    Map<String, List<ObjectNode>> owned = pods.byController(ResourceKinds.REPLICA_SET);
    for (ObjectNode deployment : store.list(ResourceKinds.DEPLOYMENT)) {
      if (Fields.isDeleting(deployment)) {
        continue;
      }
      List<ObjectNode> sets = owned.getOrDefault(Fields.uid(deployment), List.of());
      Optional<ObjectNode> current = current(deployment, sets);
      boolean paused = Fields.flag(deployment, "spec.paused");
      if (current.isEmpty() && !paused) {
        createSet(deployment, sets);
      } else {
        List<ObjectNode> old = sets.stream().filter(s -> !current.equals(Optional.of(s))).toList();
        roll(deployment, current, old, paused);
        current.ifPresent(set -> keepRevision(deployment, set));
        forgetOld(deployment, old);
      }
      status.keep(deployment, current, sets);
    }
  }

  /** The set whose template is the Deployment's. */
  private static Optional<ObjectNode> current(ObjectNode deployment, List<ObjectNode> sets) {
    JsonNode wanted = Fields.at(deployment, "spec.template");
    return sets.stream()
        .filter(set -> {
          ObjectNode template = Fields.object(set.deepCopy(), "spec.template");
          Fields.object(template, "metadata.labels").remove(HASH);
          return template.equals(wanted);
        })
        .findFirst();
  }

  private void createSet(ObjectNode deployment, List<ObjectNode> sets) {
    String template = Fields.at(deployment, "spec.template").toString();
    String hash = store.seed().suffix("template/" + Fields.uid(deployment) + template, 10);
    String name = Fields.name(deployment) + "-" + hash;
    ObjectNode set = Fields.newObject().put("apiVersion", "apps/v1").put("kind", "ReplicaSet");
    ObjectNode metadata = set.putObject("metadata");
    metadata.put("name", name).put("namespace", Fields.namespace(deployment));
    ObjectNode spec = set.putObject("spec").put("replicas", 0);
    spec.set("selector", Fields.at(deployment, "spec.selector").deepCopy());
    Fields.object(spec, "selector.matchLabels").put(HASH, hash);
    spec.set("template", Fields.at(deployment, "spec.template").deepCopy());
    Fields.object(spec, "template.metadata.labels").put(HASH, hash);
    metadata.set("labels", Fields.at(spec, "template.metadata.labels").deepCopy());
    int revision = 1 + sets.stream().mapToInt(DeploymentController::revision).max().orElse(0);
    metadata.putObject("annotations").put(REVISION, Integer.toString(revision));
    Pods.own(set, ResourceKinds.DEPLOYMENT, deployment);
    if (store.get(ObjectKey.of(ResourceKinds.REPLICA_SET, set)).isEmpty()) {
      admission.create(ResourceKinds.REPLICA_SET, set);
    }
  }

  private static int revision(JsonNode set) {
    String revision = Fields.annotation(set, REVISION);
    return revision.isEmpty() ? 0 : Integer.parseInt(revision);
  }

  /** A set that is rolled back to takes the next revision; the Deployment shows the current one. */
  private void keepRevision(ObjectNode deployment, ObjectNode set) {
    String revision = Fields.annotation(set, REVISION);
    if (!revision.isEmpty() && !revision.equals(Fields.annotation(deployment, REVISION))) {
      store.updateIfPresent(
          ObjectKey.of(ResourceKinds.DEPLOYMENT, deployment),
          found -> {
            Fields.object(found, "metadata.annotations").put(REVISION, revision);
            return found;
          });
    }
  }

  private void roll(
      ObjectNode deployment, Optional<ObjectNode> current, List<ObjectNode> old, boolean paused) {
    int desired = Fields.count(deployment, "spec.replicas", 1);
    int oldReplicas = replicas(old);
    if (current.isEmpty()) {
      old.stream()
          .max(Comparator.comparingInt(DeploymentController::revision))
          .ifPresent(latest -> scale(deployment, latest, desired));
      return;
    }
    ObjectNode set = current.get();
    if (oldReplicas == 0) {
      scale(deployment, set, desired);
    } else if (paused) {
      scale(deployment, set, Math.max(0, desired - oldReplicas));
    } else if (Fields.text(deployment, "spec.strategy.type").equals("Recreate")) {
      old.forEach(previous -> scale(deployment, previous, 0));
    } else {
      rollOneStep(deployment, set, old, desired);
    }
  }

  private void rollOneStep(
      ObjectNode deployment, ObjectNode set, List<ObjectNode> old, int desired) {
    JsonNode rolling = Fields.at(deployment, "spec.strategy.rollingUpdate");
    int surge = Share.of(rolling.path("maxSurge"), desired, true);
    int unavailable = Share.of(rolling.path("maxUnavailable"), desired, false);
    if (surge == 0 && unavailable == 0) {
      unavailable = 1;
    }
    int mine = Fields.count(set, "spec.replicas", 0);
    int room = desired + surge - mine - replicas(old);
    if (mine < desired && room > 0) {
      scale(deployment, set, Math.min(desired, mine + room));
    } else if (mine > desired) {
      scale(deployment, set, desired);
    }
    int notReady = mine - Fields.count(set, "status.availableReplicas", 0);
    int spare = mine + replicas(old) - (desired - unavailable) - Math.max(0, notReady);
    for (ObjectNode previous : oldestFirst(old)) {
      int replicas = Fields.count(previous, "spec.replicas", 0);
      int broken = Math.max(0, replicas - Fields.count(previous, "status.availableReplicas", 0));
      int removed = Math.min(replicas, Math.max(broken, Math.max(0, spare)));
      if (removed > 0) {
        scale(deployment, previous, replicas - removed);
        spare -= removed;
      }
    }
  }

  private static List<ObjectNode> oldestFirst(List<ObjectNode> sets) {
    return sets.stream().sorted(Comparator.comparingInt(DeploymentController::revision)).toList();
  }

  private static int replicas(List<ObjectNode> sets) {
    return sets.stream().mapToInt(set -> Fields.count(set, "spec.replicas", 0)).sum();
  }

  private void scale(ObjectNode deployment, ObjectNode set, int replicas) {
    int before = Fields.count(set, "spec.replicas", 0);
    if (before == replicas) {
      return;
    }
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.REPLICA_SET, set),
        current -> {
          Fields.object(current, "spec").put("replicas", replicas);
          return current;
        });
    String direction = before < replicas ? "up" : "down";
    events.normal(
        deployment,
        "ScalingReplicaSet",
        "Scaled %s replica set %s from %d to %d"
            .formatted(direction, Fields.name(set), before, replicas));
  }

  private void forgetOld(ObjectNode deployment, List<ObjectNode> old) {
    int kept = Fields.count(deployment, "spec.revisionHistoryLimit", 10);
    List<ObjectNode> empty =
        oldestFirst(old).stream()
            .filter(set -> Fields.count(set, "spec.replicas", 0) == 0)
            .filter(set -> Fields.count(set, "status.replicas", 0) == 0)
            .toList();
    empty.stream()
        .limit(Math.max(0, empty.size() - kept))
        .forEach(set -> store.remove(ObjectKey.of(ResourceKinds.REPLICA_SET, set)));
  }
}
