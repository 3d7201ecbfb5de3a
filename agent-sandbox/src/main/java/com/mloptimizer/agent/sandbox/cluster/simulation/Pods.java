package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What controllers do with the pods of a workload. */
final class Pods {
  private static final List<String> FINISHED = List.of("Succeeded", "Failed");

  private final ObjectStore store;
  private final Deletion deletion;

  Pods(ObjectStore store) {
    this.store = store;
    this.deletion = new Deletion(store);
  }

  /** All objects of a kind by the UID of their controller. */
  Map<String, List<ObjectNode>> byController(ResourceKind kind) {
    Map<String, List<ObjectNode>> owned = new HashMap<>();
    for (ObjectNode object : store.list(kind)) {
      controller(object)
          .ifPresent(owner ->
              owned.computeIfAbsent(Fields.text(owner, "uid"), _ -> new ArrayList<>()).add(object));
    }
    return owned;
  }

  static Optional<JsonNode> controller(JsonNode object) {
    return Fields.at(object, "metadata.ownerReferences")
        .valueStream()
        .filter(owner -> Fields.flag(owner, "controller"))
        .findFirst();
  }

  static boolean isActive(JsonNode pod) {
    return !Fields.isDeleting(pod) && !isFinished(pod);
  }

  static boolean isFinished(JsonNode pod) {
    return FINISHED.contains(Fields.text(pod, "status.phase"));
  }

  static boolean isReady(JsonNode pod) {
    return Conditions.isTrue(pod, "Ready");
  }

  static long ready(List<ObjectNode> pods) {
    return pods.stream().filter(Pods::isReady).count();
  }

  /** Adds the owner reference that makes {@code owner} the controller of {@code object}. */
  static void own(ObjectNode object, ResourceKind kind, ObjectNode owner) {
    ArrayNode owners = Fields.object(object, "metadata").putArray("ownerReferences");
    owners
        .addObject()
        .put("apiVersion", kind.apiVersion())
        .put("kind", kind.kind())
        .put("name", Fields.name(owner))
        .put("uid", Fields.uid(owner))
        .put("controller", true)
        .put("blockOwnerDeletion", true);
  }

  /** A pod of the workload's template; not stored yet. */
  static ObjectNode fromTemplate(ResourceKind kind, ObjectNode owner, String name) {
    JsonNode template = Fields.at(owner, "spec.template");
    ObjectNode pod = Fields.newObject().put("apiVersion", "v1").put("kind", "Pod");
    ObjectNode metadata = pod.putObject("metadata");
    metadata.put("name", name).put("namespace", Fields.namespace(owner));
    for (String map : List.of("labels", "annotations")) {
      template.path("metadata").optional(map).ifPresent(v -> metadata.set(map, v.deepCopy()));
    }
    own(pod, kind, owner);
    pod.set("spec", template.path("spec").deepCopy());
    return pod;
  }

  /** Creates the pod; a refusal, such as a namespace on its way out, is an event of the owner. */
  static boolean create(
      PodAdmission admission, EventRecorder events, ObjectNode owner, ObjectNode pod) {
    try {
      admission.create(pod);
      return true;
    } catch (ApiFailure refused) {
      if (!Fields.isDeleting(owner)) {
        events.warning(owner, "FailedCreate", "Error creating: " + refused.getMessage());
      }
      return false;
    }
  }

  /** Deletes with the pod's own grace; a pod that is gone already is fine. */
  void delete(ObjectNode pod) {
    ObjectKey key = ObjectKey.of(ResourceKinds.POD, pod);
    if (!Fields.isDeleting(pod) && store.get(key).isPresent()) {
      deletion.delete(key, new Deletion.Options(null, Fields.uid(pod), "", "", WriteMode.COMMIT));
    }
  }
}
