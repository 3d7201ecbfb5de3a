package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Keeps as many pods as a ReplicaSet asks for. */
final class ReplicaSetController implements Controller {
  /** Which pods go first: those that serve least, then the youngest. */
  private static final Comparator<ObjectNode> FIRST_TO_GO =
      Comparator.<ObjectNode, Boolean>comparing(pod -> !Fields.text(pod, "spec.nodeName").isEmpty())
          .thenComparing(Pods::isReady)
          .thenComparing(
              pod -> Fields.text(pod, "metadata.creationTimestamp"), Comparator.reverseOrder())
          .thenComparing(Fields::name);

  private final ObjectStore store;
  private final Pods pods;
  private final PodAdmission admission;
  private final EventRecorder events;
  private final Map<String, Integer> created = new HashMap<>();

  ReplicaSetController(ObjectStore store, Pods pods, PodAdmission admission) {
    this.store = store;
    this.pods = pods;
    this.admission = admission;
    this.events = new EventRecorder(store, "replicaset-controller");
  }

  @Override
  public void reconcile() {
    Map<String, List<ObjectNode>> owned = pods.byController(ResourceKinds.POD);
    for (ObjectNode set : store.list(ResourceKinds.REPLICA_SET)) {
      List<ObjectNode> mine =
          owned.getOrDefault(Fields.uid(set), List.of()).stream().filter(Pods::isActive).toList();
      if (!Fields.isDeleting(set)) {
        scale(set, mine);
        store.updateIfPresent(
            ObjectKey.of(ResourceKinds.REPLICA_SET, set), current -> status(current, mine));
      }
    }
  }

  private void scale(ObjectNode set, List<ObjectNode> mine) {
    int difference = Fields.count(set, "spec.replicas", 1) - mine.size();
    for (int i = 0; i < difference; i++) {
      String name = Fields.name(set) + "-" + suffix(set);
      ObjectNode pod = Pods.fromTemplate(ResourceKinds.REPLICA_SET, set, name);
      Fields.object(pod, "metadata").put("generateName", Fields.name(set) + "-");
      if (Pods.create(admission, events, set, pod)) {
        events.normal(set, "SuccessfulCreate", "Created pod: " + name);
      }
    }
    mine.stream()
        .sorted(FIRST_TO_GO)
        .limit(Math.max(0, -difference))
        .forEach(pod -> {
          pods.delete(pod);
          events.normal(set, "SuccessfulDelete", "Deleted pod: " + Fields.name(pod));
        });
  }

  private String suffix(ObjectNode set) {
    int count = created.merge(Fields.uid(set), 1, Integer::sum);
    return store.seed().suffix("pod/" + Fields.uid(set) + "/" + count, 5);
  }

  private static ObjectNode status(ObjectNode set, List<ObjectNode> mine) {
    ObjectNode status = Fields.object(set, "status");
    status.put("replicas", mine.size()).put("fullyLabeledReplicas", mine.size());
    int ready = (int) Pods.ready(mine);
    status.put("readyReplicas", ready).put("availableReplicas", ready);
    status.set("observedGeneration", Fields.at(set, "metadata.generation"));
    return set;
  }
}
