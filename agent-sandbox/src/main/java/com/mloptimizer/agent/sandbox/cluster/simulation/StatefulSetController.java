package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Keeps the numbered pods of a StatefulSet and their volume claims, one step at a time. */
final class StatefulSetController implements Controller {
  static final String REVISION = "controller-revision-hash";
  private static final String POD_NAME = "statefulset.kubernetes.io/pod-name";
  private static final String INDEX = "apps.kubernetes.io/pod-index";

  private final ObjectStore store;
  private final Pods pods;
  private final PodAdmission admission;
  private final EventRecorder events;

  StatefulSetController(ObjectStore store, Pods pods, PodAdmission admission) {
    this.store = store;
    this.pods = pods;
    this.admission = admission;
    this.events = new EventRecorder(store, "statefulset-controller");
  }

  @Override
  public void reconcile() {
    Map<String, List<ObjectNode>> owned = pods.byController(ResourceKinds.POD);
    for (ObjectNode set : store.list(ResourceKinds.STATEFUL_SET)) {
      TreeMap<Integer, ObjectNode> mine = new TreeMap<>();
      for (ObjectNode pod : owned.getOrDefault(Fields.uid(set), List.of())) {
        mine.put(ordinal(pod), pod);
      }
      if (!Fields.isDeleting(set)) {
        String revision = revision(set);
        step(set, mine, revision);
        store.updateIfPresent(
            ObjectKey.of(ResourceKinds.STATEFUL_SET, set),
            current -> status(set, current, List.copyOf(mine.values()), revision));
      }
    }
  }

  private static int ordinal(JsonNode pod) {
    String name = Fields.name(pod);
    return Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
  }

  private String revision(ObjectNode set) {
    String template = Fields.at(set, "spec.template").toString();
    return Fields.name(set) + "-" + store.seed().suffix(Fields.uid(set) + template, 10);
  }

  private void step(ObjectNode set, NavigableMap<Integer, ObjectNode> mine, String revision) {
    boolean ordered = !Fields.text(set, "spec.podManagementPolicy").equals("Parallel");
    int desired = Fields.count(set, "spec.replicas", 1);
    boolean settled = true;
    for (int i = 0; i < desired && (settled || !ordered); i++) {
      ObjectNode pod = mine.get(i);
      if (pod == null) {
        createPod(set, i, revision);
      } else if (Pods.isFinished(pod)) {
        pods.delete(pod);
      }
      settled &= pod != null && Pods.isActive(pod) && Pods.isReady(pod);
    }
    if (settled || !ordered) {
      shrinkOrUpdate(set, mine, desired, revision, settled);
    }
  }

  private void shrinkOrUpdate(
      ObjectNode set,
      NavigableMap<Integer, ObjectNode> mine,
      int desired,
      String revision,
      boolean settled) {
    if (!mine.isEmpty() && mine.lastKey() >= desired) {
      ObjectNode last = mine.lastEntry().getValue();
      if (!Fields.isDeleting(last)) {
        delete(set, last);
        deleteClaims(set, last);
      }
      return;
    }
    Optional<ObjectNode> outdated =
        mine.descendingMap().values().stream()
            .filter(pod -> !Fields.labels(pod).path(REVISION).asString("").equals(revision))
            .findFirst();
    if (settled && Fields.text(set, "spec.updateStrategy.type").equals("RollingUpdate")) {
      outdated.ifPresent(pod -> delete(set, pod));
    }
  }

  private void delete(ObjectNode set, ObjectNode pod) {
    pods.delete(pod);
    events.normal(
        set,
        "SuccessfulDelete",
        "delete Pod %s in StatefulSet %s successful".formatted(Fields.name(pod), Fields.name(set)));
  }

  private void createPod(ObjectNode set, int ordinal, String revision) {
    String name = Fields.name(set) + "-" + ordinal;
    ObjectNode pod = Pods.fromTemplate(ResourceKinds.STATEFUL_SET, set, name);
    Fields.object(pod, "metadata.labels")
        .put(REVISION, revision)
        .put(POD_NAME, name)
        .put(INDEX, Integer.toString(ordinal));
    Fields.object(pod, "spec").put("hostname", name);
    for (JsonNode template : Fields.at(set, "spec.volumeClaimTemplates")) {
      String claim = claimName(template, name);
      Fields.array(pod, "spec.volumes")
          .addObject()
          .put("name", Fields.name(template))
          .putObject("persistentVolumeClaim")
          .put("claimName", claim);
      createClaim(set, template, claim);
    }
    if (Pods.create(admission, events, set, pod)) {
      events.normal(
          set,
          "SuccessfulCreate",
          "create Pod %s in StatefulSet %s successful".formatted(name, Fields.name(set)));
    }
  }

  private static String claimName(JsonNode template, String podName) {
    return Fields.name(template) + "-" + podName;
  }

  private void createClaim(ObjectNode set, JsonNode template, String name) {
    ObjectKey key = new ObjectKey(ResourceKinds.CLAIM, Fields.namespace(set), name);
    if (store.get(key).isEmpty()) {
      ObjectNode claim = Fields.newObject().put("apiVersion", "v1");
      claim.put("kind", "PersistentVolumeClaim");
      ObjectNode metadata = claim.putObject("metadata").put("name", name);
      metadata.put("namespace", Fields.namespace(set));
      claim.set("spec", template.path("spec").deepCopy());
      Fields.object(claim, "spec").put("volumeName", "pvc-" + store.seed().uuid(name));
      admission.create(ResourceKinds.CLAIM, claim);
    }
  }

  private void deleteClaims(ObjectNode set, ObjectNode pod) {
    String policy = Fields.text(set, "spec.persistentVolumeClaimRetentionPolicy.whenScaled");
    if (!policy.equals("Delete")) {
      return;
    }
    Deletion deletion = new Deletion(store);
    for (JsonNode template : Fields.at(set, "spec.volumeClaimTemplates")) {
      String name = claimName(template, Fields.name(pod));
      ObjectKey key = new ObjectKey(ResourceKinds.CLAIM, Fields.namespace(set), name);
      if (store.get(key).isPresent()) {
        deletion.delete(key, Deletion.Options.none());
      }
    }
  }

  private static ObjectNode status(
      ObjectNode seen, ObjectNode set, List<ObjectNode> mine, String revision) {
    ObjectNode status = Fields.object(set, "status");
    List<ObjectNode> updated =
        mine.stream()
            .filter(pod -> Fields.labels(pod).path(REVISION).asString("").equals(revision))
            .toList();
    int ready = (int) mine.stream().filter(p -> Pods.isActive(p) && Pods.isReady(p)).count();
    status.put("replicas", mine.size()).put("readyReplicas", ready);
    status.put("availableReplicas", ready).put("updatedReplicas", updated.size());
    boolean complete = updated.size() == mine.size() && ready == mine.size();
    status.put("currentReplicas", complete ? mine.size() : mine.size() - updated.size());
    status.put("updateRevision", revision);
    if (complete || !status.has("currentRevision")) {
      status.put("currentRevision", revision);
    }
    status.put("collisionCount", 0);
    status.set("observedGeneration", Fields.at(seen, "metadata.generation"));
    return set;
  }
}
