package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code NAME/scale} of the workloads: a view of their replicas. */
final class ScaleSubresource {
  private final ObjectStore store;
  private final WriteVerbs writes;

  ScaleSubresource(ObjectStore store, WriteVerbs writes) {
    this.store = store;
    this.writes = writes;
  }

  ObjectNode get(ObjectKey key) {
    return scaleOf(store.require(key));
  }

  /** Changes the replicas by an edit of the Scale object. */
  ObjectNode update(ObjectKey key, String version, WriteMode mode, UnaryOperator<ObjectNode> edit) {
    ObjectNode updated =
        writes.update(
            key,
            version,
            WriteScope.MAIN,
            mode,
            workload -> {
              ObjectNode wanted = edit.apply(scaleOf(workload));
              requireReplicas(key, wanted);
              JsonNode asked = Fields.at(wanted, "metadata.resourceVersion");
              asked
                  .stringValueOpt()
                  .ifPresent(v -> Fields.object(workload, "metadata").put("resourceVersion", v));
              int replicas = Fields.count(wanted, "spec.replicas", 0);
              Fields.object(workload, "spec").put("replicas", replicas);
              return workload;
            });
    return scaleOf(updated);
  }

  private static void requireReplicas(ObjectKey key, ObjectNode scale) {
    if (Fields.number(scale, "spec.replicas", 0) < 0) {
      ApiFailure.Cause cause =
          new ApiFailure.Cause(
              "FieldValueInvalid",
              "Invalid value: "
                  + Fields.number(scale, "spec.replicas", 0)
                  + ": must be greater than or equal to 0",
              "spec.replicas");
      throw ApiFailure.invalid(key.kind(), key.name(), List.of(cause));
    }
  }

  private static ObjectNode scaleOf(ObjectNode workload) {
    ObjectNode scale = Fields.newObject().put("kind", "Scale").put("apiVersion", "autoscaling/v1");
    ObjectNode metadata = scale.putObject("metadata");
    for (String field :
        List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      workload.path("metadata").optional(field).ifPresent(value -> metadata.set(field, value));
    }
    scale.putObject("spec").put("replicas", Fields.count(workload, "spec.replicas", 0));
    Map<String, String> labels = Fields.texts(Fields.at(workload, "spec.selector.matchLabels"));
    String selector =
        labels.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(","));
    scale
        .putObject("status")
        .put("replicas", Fields.count(workload, "status.replicas", 0))
        .put("selector", selector);
    return scale;
  }
}
