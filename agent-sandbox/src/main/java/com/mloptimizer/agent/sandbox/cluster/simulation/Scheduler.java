package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Binds pending pods to nodes: filters as Kubernetes does, then spreads. */
final class Scheduler implements Controller {
  private static final String ZONE = "topology.kubernetes.io/zone";

  private final ObjectStore store;
  private final EventRecorder events;

  Scheduler(ObjectStore store) {
    this.store = store;
    this.events = new EventRecorder(store, "default-scheduler");
  }

  /** A node and what runs on it. */
  private record Candidate(ObjectNode node, List<ObjectNode> pods) {
    String zone() {
      return Fields.labels(node).path(ZONE).stringValue("");
    }

    long siblings(ObjectNode pod) {
      return pods.stream().filter(other -> owner(other).equals(owner(pod))).count();
    }

    private static String owner(ObjectNode pod) {
      return Pods.controller(pod).map(o -> Fields.text(o, "uid")).orElseGet(() -> Fields.uid(pod));
    }

    double load() {
      PodResources used = PodResources.sum(pods);
      PodResources room = PodResources.allocatable(node);
      return used.shareOf(room);
    }
  }

  @Override
  public void reconcile() {
    List<ObjectNode> all = store.list(ResourceKinds.POD);
    List<ObjectNode> pending =
        all.stream()
            .filter(pod -> Fields.text(pod, "spec.nodeName").isEmpty() && Pods.isActive(pod))
            .toList();
    if (pending.isEmpty()) {
      return;
    }
    Map<String, Candidate> candidates = new TreeMap<>();
    for (ObjectNode node : store.list(ResourceKinds.NODE)) {
      candidates.put(Fields.name(node), new Candidate(node, new ArrayList<>()));
    }
    for (ObjectNode pod : all) {
      Candidate candidate = candidates.get(Fields.text(pod, "spec.nodeName"));
      if (candidate != null && !Pods.isFinished(pod)) {
        candidate.pods().add(pod);
      }
    }
    pending.forEach(pod -> schedule(pod, List.copyOf(candidates.values())));
  }

  private void schedule(ObjectNode pod, List<Candidate> candidates) {
    Map<String, Integer> refusals = new TreeMap<>();
    List<Candidate> fitting = new ArrayList<>();
    for (Candidate candidate : candidates) {
      Optional<String> obstacle = obstacle(pod, candidate);
      obstacle.ifPresentOrElse(
          why -> refusals.merge(why, 1, Integer::sum), () -> fitting.add(candidate));
    }
    fitting.stream()
        .min(preference(pod, candidates))
        .ifPresentOrElse(
            chosen -> {
              bind(pod, Fields.name(chosen.node()));
              chosen.pods().add(pod);
            },
            () -> unschedulable(pod, candidates.size(), refusals));
  }

  private static Comparator<Candidate> preference(ObjectNode pod, List<Candidate> all) {
    Map<String, Long> siblingsInZone = new TreeMap<>();
    all.forEach(c -> siblingsInZone.merge(c.zone(), c.siblings(pod), Long::sum));
    return Comparator.comparingLong((Candidate c) -> c.siblings(pod))
        .thenComparingLong(c -> siblingsInZone.getOrDefault(c.zone(), 0L))
        .thenComparingDouble(Candidate::load)
        .thenComparing(c -> Fields.name(c.node()));
  }

  private static Optional<String> obstacle(ObjectNode pod, Candidate candidate) {
    ObjectNode node = candidate.node();
    List<JsonNode> taints = Taints.untolerated(pod, node, List.of("NoSchedule", "NoExecute"));
    boolean toleratesCordon =
        taints.stream().noneMatch(t -> Fields.text(t, "key").equals(NodeController.UNSCHEDULABLE));
    boolean cordoned = Fields.flag(node, "spec.unschedulable");
    if (cordoned && (!toleratesCordon || !hasCordonToleration(pod))) {
      return Optional.of("node(s) were unschedulable");
    }
    if (!taints.isEmpty()) {
      String key = Fields.text(taints.getFirst(), "key");
      return Optional.of("node(s) had untolerated taint {" + key + ": }");
    }
    if (!Conditions.isTrue(node, "Ready")) {
      return Optional.of("node(s) were not ready");
    }
    if (!matchesNode(pod, node)) {
      return Optional.of("node(s) didn't match Pod's node affinity/selector");
    }
    PodResources room = PodResources.allocatable(node);
    return PodResources.sum(candidate.pods()).plus(PodResources.of(pod)).excess(room);
  }

  /** The cordon's taint may not be there yet. */
  private static boolean hasCordonToleration(ObjectNode pod) {
    ObjectNode node = Fields.newObject();
    Fields.array(node, "spec.taints")
        .addObject()
        .put("key", NodeController.UNSCHEDULABLE)
        .put("effect", "NoSchedule");
    return Taints.untolerated(pod, node, List.of("NoSchedule")).isEmpty();
  }

  /** {@code nodeSelector}, and the affinity by name that the DaemonSet controller sets. */
  static boolean matchesNode(JsonNode pod, JsonNode node) {
    JsonNode labels = Fields.labels(node);
    boolean selected =
        Fields.at(pod, "spec.nodeSelector").properties().stream()
            .allMatch(entry -> labels.path(entry.getKey()).equals(entry.getValue()));
    String wanted =
        pod.at(
                "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                    + "/nodeSelectorTerms/0/matchFields/0/values/0")
            .stringValue("");
    return selected && (wanted.isEmpty() || wanted.equals(Fields.name(node)));
  }

  private void bind(ObjectNode pod, String node) {
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.POD, pod),
        current -> {
          Fields.object(current, "spec").put("nodeName", node);
          Conditions.set(current, "PodScheduled", true, "", "", store.now());
          return current;
        });
    events.normal(
        pod,
        "Scheduled",
        "Successfully assigned %s/%s to %s"
            .formatted(Fields.namespace(pod), Fields.name(pod), node));
  }

  private void unschedulable(ObjectNode pod, int nodes, Map<String, Integer> refusals) {
    StringBuilder message = new StringBuilder("0/" + nodes + " nodes are available: ");
    refusals.forEach((why, count) -> message.append(count).append(' ').append(why).append(", "));
    message.setLength(message.length() - 2);
    String text = message.append('.').toString();
    if (Fields.text(Conditions.find(pod, "PodScheduled"), "message").equals(text)) {
      return;
    }
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.POD, pod),
        current -> {
          Conditions.set(current, "PodScheduled", false, "Unschedulable", text, store.now());
          return current;
        });
    events.warning(pod, "FailedScheduling", text);
  }
}
