package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.simulation.Usage;
import com.mloptimizer.agent.sandbox.cluster.simulation.Usage.Sample;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code metrics.k8s.io/v1beta1}: what nodes and pods use, as metrics-server answers. */
final class MetricsApi {
  static final String GROUP = "metrics.k8s.io";
  private static final String API_VERSION = GROUP + "/v1beta1";

  private final ObjectStore store;
  private final Usage usage;
  private final Access access;

  MetricsApi(ObjectStore store, Usage usage, Access access) {
    this.store = store;
    this.usage = usage;
    this.access = access;
  }

  ObjectNode serve(ApiCall call, ResourcePath path) {
    if (!call.method().equals("GET")) {
      throw ApiFailure.methodNotAllowed();
    }
    access.require(path, path.verb("GET", false));
    ResourceKind kind =
        switch (path.plural()) {
          case "pods" -> ResourceKinds.POD;
          case "nodes" -> ResourceKinds.NODE;
          default -> throw ApiFailure.unknownResource();
        };
    return path.name().isEmpty() ? list(call, path, kind) : get(path, kind);
  }

  private ObjectNode get(ResourcePath path, ResourceKind kind) {
    ObjectKey key = new ObjectKey(kind, path.namespace(), path.name());
    return store
        .get(key)
        .flatMap(object -> metrics(kind, object))
        .orElseThrow(() -> notFound(kind, path.namespace(), path.name()));
  }

  private static ApiFailure notFound(ResourceKind kind, String namespace, String name) {
    String full = namespace.isEmpty() ? name : namespace + "/" + name;
    String resource = kind.singular() + "metrics";
    String message = resource + "s." + GROUP + " \"" + full + "\" not found";
    return ApiFailure.of(404, "NotFound", message).about(GROUP, resource + "s", full);
  }

  private ObjectNode list(ApiCall call, ResourcePath path, ResourceKind kind) {
    Selection selection = Selection.of(call, kind);
    List<ObjectNode> items =
        store.list(kind, path.namespace()).items().stream()
            .filter(selection::matches)
            .flatMap(object -> metrics(kind, object).stream())
            .toList();
    ObjectNode list = Fields.newObject().put("kind", kind.kind() + "MetricsList");
    list.put("apiVersion", API_VERSION).putObject("metadata");
    list.putArray("items").addAll(items);
    return list;
  }

  private Optional<ObjectNode> metrics(ResourceKind kind, ObjectNode object) {
    ObjectNode metrics = Fields.newObject().put("kind", kind.kind() + "Metrics");
    metrics.put("apiVersion", API_VERSION);
    ObjectNode metadata = metrics.putObject("metadata").put("name", Fields.name(object));
    if (kind.namespaced()) {
      metadata.put("namespace", Fields.namespace(object));
    }
    metadata.put("creationTimestamp", Fields.timestamp(store.now()));
    if (Fields.labels(object).isObject()) {
      metadata.set("labels", Fields.labels(object));
    }
    metrics.put("timestamp", Fields.timestamp(usage.sampledAt()));
    metrics.put("window", usage.step().toSeconds() + ".000s");
    if (kind.equals(ResourceKinds.NODE)) {
      usage(metrics, usage.ofNode(object));
      return Optional.of(metrics);
    }
    Map<String, Sample> containers = usage.ofPod(object);
    if (containers.isEmpty()) {
      return Optional.empty();
    }
    ArrayNode list = metrics.putArray("containers");
    containers.forEach((name, sample) -> usage(list.addObject().put("name", name), sample));
    return Optional.of(metrics);
  }

  private static void usage(ObjectNode holder, Sample sample) {
    holder
        .putObject("usage")
        .put("cpu", sample.cpuNanocores() + "n")
        .put("memory", sample.memoryBytes() / 1024 + "Ki");
  }
}
