package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Keeps the cordon's taint, and deletes pods that do not tolerate a NoExecute taint. */
final class NodeController implements Controller {
  static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

  private final ObjectStore store;
  private final Pods pods;
  private final EventRecorder events;

  NodeController(ObjectStore store, Pods pods) {
    this.store = store;
    this.pods = pods;
    this.events = new EventRecorder(store, "node-controller");
  }

  @Override
  public void reconcile() {
    Map<String, ObjectNode> expelling = new HashMap<>();
    for (ObjectNode node : store.list(ResourceKinds.NODE)) {
      keepCordonTaint(node);
      if (Taints.of(node).stream().anyMatch(t -> Fields.text(t, "effect").equals("NoExecute"))) {
        expelling.put(Fields.name(node), node);
      }
    }
    if (expelling.isEmpty()) {
      return;
    }
    for (ObjectNode pod : store.list(ResourceKinds.POD)) {
      ObjectNode node = expelling.get(Fields.text(pod, "spec.nodeName"));
      if (node != null
          && !Fields.isDeleting(pod)
          && !Taints.untolerated(pod, node, List.of("NoExecute")).isEmpty()) {
        events.normal(pod, "TaintManagerEviction", "Marking for deletion Pod " + name(pod));
        pods.delete(pod);
      }
    }
  }

  private static String name(ObjectNode pod) {
    return Fields.namespace(pod) + "/" + Fields.name(pod);
  }

  private void keepCordonTaint(ObjectNode node) {
    boolean cordoned = Fields.flag(node, "spec.unschedulable");
    boolean tainted =
        Taints.of(node).stream().anyMatch(taint -> Fields.text(taint, "key").equals(UNSCHEDULABLE));
    if (cordoned == tainted) {
      return;
    }
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.NODE, node),
        current -> {
          setCordonTaint(current, Fields.flag(current, "spec.unschedulable"));
          return current;
        });
    String reason = cordoned ? "NodeNotSchedulable" : "NodeSchedulable";
    events.normal(node, reason, "Node " + Fields.name(node) + " status is now: " + reason);
  }

  private void setCordonTaint(ObjectNode node, boolean cordoned) {
    ArrayNode taints = Fields.array(node, "spec.taints");
    taints.removeIf(taint -> Fields.text(taint, "key").equals(UNSCHEDULABLE));
    if (cordoned) {
      ObjectNode taint = taints.addObject().put("key", UNSCHEDULABLE).put("effect", "NoSchedule");
      taint.put("timeAdded", Fields.timestamp(store.now()));
    }
    JsonNode left = taints;
    if (left.isEmpty()) {
      Fields.object(node, "spec").remove("taints");
    }
  }
}
