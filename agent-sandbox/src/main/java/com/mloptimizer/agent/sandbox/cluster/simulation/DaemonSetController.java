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

/** Keeps one pod of a DaemonSet on each node it is meant for, cordoned or not. */
final class DaemonSetController implements Controller {
  private static final List<String> TOLERATED =
      List.of(
          "node.kubernetes.io/disk-pressure",
          "node.kubernetes.io/memory-pressure",
          "node.kubernetes.io/pid-pressure",
          NodeController.UNSCHEDULABLE);

  private final ObjectStore store;
  private final Pods pods;
  private final PodAdmission admission;
  private final EventRecorder events;
  private final Map<String, Integer> created = new HashMap<>();

  DaemonSetController(ObjectStore store, Pods pods, PodAdmission admission) {
    this.store = store;
    this.pods = pods;
    this.admission = admission;
    this.events = new EventRecorder(store, "daemonset-controller");
  }

  @Override
  public void reconcile() {
    Map<String, List<ObjectNode>> owned = pods.byController(ResourceKinds.POD);
    for (ObjectNode set : store.list(ResourceKinds.DAEMON_SET)) {
      if (!Fields.isDeleting(set)) {
        keep(set, owned.getOrDefault(Fields.uid(set), List.of()));
      }
    }
  }

  private void keep(ObjectNode set, List<ObjectNode> mine) {
    String revision = store.seed().suffix(Fields.at(set, "spec.template").toString(), 10);
    Map<String, ObjectNode> byNode = new HashMap<>();
    mine.forEach(pod -> byNode.put(nodeOf(pod), pod));
    int wanted = 0;
    for (ObjectNode node : store.list(ResourceKinds.NODE)) {
      ObjectNode pod = byNode.get(Fields.name(node));
      if (!isFor(set, node)) {
        if (pod != null) {
          pods.delete(pod);
        }
        continue;
      }
      wanted++;
      if (pod == null) {
        createPod(set, Fields.name(node), revision);
      } else if (Pods.isFinished(pod)) {
        pods.delete(pod);
      }
    }
    update(set, mine, revision);
    int desired = wanted;
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.DAEMON_SET, set),
        current -> status(set, current, mine, desired, revision));
  }

  private static String nodeOf(JsonNode pod) {
    return pod.at(
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                + "/nodeSelectorTerms/0/matchFields/0/values/0")
        .stringValue("");
  }

  private boolean isFor(ObjectNode set, ObjectNode node) {
    ObjectNode probe = Pods.fromTemplate(ResourceKinds.DAEMON_SET, set, "probe");
    tolerateNodeTrouble(probe);
    return Scheduler.matchesNode(probe, node)
        && Taints.untolerated(probe, node, List.of("NoSchedule", "NoExecute")).isEmpty();
  }

  private void createPod(ObjectNode set, String node, String revision) {
    int count = created.merge(Fields.uid(set) + node, 1, Integer::sum);
    String suffix = store.seed().suffix("pod/" + Fields.uid(set) + node + count, 5);
    String name = Fields.name(set) + "-" + suffix;
    ObjectNode pod = Pods.fromTemplate(ResourceKinds.DAEMON_SET, set, name);
    Fields.object(pod, "metadata").put("generateName", Fields.name(set) + "-");
    Fields.object(pod, "metadata.labels").put(StatefulSetController.REVISION, revision);
    tolerateNodeTrouble(pod);
    ObjectNode required =
        Fields.object(
            pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    ObjectNode term = required.putArray("nodeSelectorTerms").addObject();
    ObjectNode field = term.putArray("matchFields").addObject();
    field.put("key", "metadata.name").put("operator", "In").putArray("values").add(node);
    if (Pods.create(admission, events, set, pod)) {
      events.normal(set, "SuccessfulCreate", "Created pod: " + name);
    }
  }

  private static void tolerateNodeTrouble(ObjectNode pod) {
    ArrayNode tolerations = Fields.array(pod, "spec.tolerations");
    for (String key : TOLERATED) {
      tolerate(tolerations, key, "NoSchedule");
    }
    tolerate(tolerations, "node.kubernetes.io/not-ready", "NoExecute");
    tolerate(tolerations, "node.kubernetes.io/unreachable", "NoExecute");
  }

  private static void tolerate(ArrayNode tolerations, String key, String effect) {
    tolerations.addObject().put("key", key).put("operator", "Exists").put("effect", effect);
  }

  private void update(ObjectNode set, List<ObjectNode> mine, String revision) {
    boolean rolling = Fields.text(set, "spec.updateStrategy.type").equals("RollingUpdate");
    boolean settled = mine.stream().allMatch(pod -> Pods.isActive(pod) && Pods.isReady(pod));
    if (rolling && settled) {
      mine.stream().filter(pod -> !isOf(pod, revision)).findFirst().ifPresent(pods::delete);
    }
  }

  private static boolean isOf(JsonNode pod, String revision) {
    return Fields.labels(pod).path(StatefulSetController.REVISION).asString("").equals(revision);
  }

  private static ObjectNode status(
      ObjectNode seen, ObjectNode set, List<ObjectNode> mine, int desired, String revision) {
    List<ObjectNode> active = mine.stream().filter(Pods::isActive).toList();
    int ready = (int) Pods.ready(active);
    int updated = (int) active.stream().filter(pod -> isOf(pod, revision)).count();
    ObjectNode status = Fields.object(set, "status");
    status.put("desiredNumberScheduled", desired).put("currentNumberScheduled", active.size());
    status.put("numberReady", ready).put("numberAvailable", ready);
    status.put("numberMisscheduled", 0).put("updatedNumberScheduled", updated);
    if (desired > ready) {
      status.put("numberUnavailable", desired - ready);
    } else {
      status.remove("numberUnavailable");
    }
    status.set("observedGeneration", Fields.at(seen, "metadata.generation"));
    return set;
  }
}
