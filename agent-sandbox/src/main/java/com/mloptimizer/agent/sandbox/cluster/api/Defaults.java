package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.Quantity;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** Fills in what the API server fills in: what a manifest leaves out and a controller relies on. */
final class Defaults {
  private Defaults() {}

  /** Completes a new or changed object in place. */
  static void complete(ResourceKind kind, ObjectNode object) {
    switch (kind.qualifiedName()) {
      case "pods" -> podSpec(Fields.object(object, "spec"));
      case "deployments.apps" -> deployment(Fields.object(object, "spec"));
      case "replicasets.apps" -> workload(Fields.object(object, "spec"));
      case "statefulsets.apps" -> statefulSet(Fields.object(object, "spec"));
      case "daemonsets.apps" -> daemonSet(Fields.object(object, "spec"));
      case "namespaces" -> {
        Fields.object(object, "metadata.labels")
            .put("kubernetes.io/metadata.name", Fields.name(object));
        Fields.object(object, "status").putIfAbsent("phase", text("Active"));
      }
      default -> {}
    }
  }

  /** What a new object starts with, besides what every object has. */
  static void begin(ResourceKind kind, ObjectNode object) {
    if (kind.has(ResourceKind.Trait.STATUS) && !kind.plural().equals("nodes")) {
      object.remove("status");
    }
    switch (kind.qualifiedName()) {
      case "pods" -> {
        Fields.object(object, "status").put("phase", "Pending").put("qosClass", qosClass(object));
        tolerate(object, "node.kubernetes.io/not-ready");
        tolerate(object, "node.kubernetes.io/unreachable");
      }
      case "namespaces" -> {
        ArrayNode finalizers = Fields.array(object, "spec.finalizers");
        if (finalizers.isEmpty()) {
          finalizers.add("kubernetes");
        }
      }
      case "persistentvolumeclaims" -> Fields.object(object, "status").put("phase", "Bound");
      case "customresourcedefinitions.apiextensions.k8s.io" -> establish(object);
      default -> {}
    }
  }

  private static void deployment(ObjectNode spec) {
    workload(spec);
    absent(spec, "revisionHistoryLimit", 10);
    absent(spec, "progressDeadlineSeconds", 600);
    ObjectNode strategy = Fields.object(spec, "strategy");
    strategy.putIfAbsent("type", text("RollingUpdate"));
    if (Fields.text(strategy, "type").equals("RollingUpdate")) {
      ObjectNode rolling = Fields.object(strategy, "rollingUpdate");
      rolling.putIfAbsent("maxUnavailable", text("25%"));
      rolling.putIfAbsent("maxSurge", text("25%"));
    }
  }

  private static void statefulSet(ObjectNode spec) {
    workload(spec);
    spec.putIfAbsent("podManagementPolicy", text("OrderedReady"));
    absent(spec, "revisionHistoryLimit", 10);
    ObjectNode strategy = Fields.object(spec, "updateStrategy");
    strategy.putIfAbsent("type", text("RollingUpdate"));
  }

  private static void daemonSet(ObjectNode spec) {
    podSpec(Fields.object(spec, "template.spec"));
    absent(spec, "revisionHistoryLimit", 10);
    ObjectNode strategy = Fields.object(spec, "updateStrategy");
    strategy.putIfAbsent("type", text("RollingUpdate"));
    if (Fields.text(strategy, "type").equals("RollingUpdate")) {
      absent(Fields.object(strategy, "rollingUpdate"), "maxUnavailable", 1);
      absent(Fields.object(strategy, "rollingUpdate"), "maxSurge", 0);
    }
  }

  private static void workload(ObjectNode spec) {
    absent(spec, "replicas", 1);
    podSpec(Fields.object(spec, "template.spec"));
  }

  private static void podSpec(ObjectNode spec) {
    spec.putIfAbsent("restartPolicy", text("Always"));
    absent(spec, "terminationGracePeriodSeconds", 30);
    spec.putIfAbsent("dnsPolicy", text("ClusterFirst"));
    spec.putIfAbsent("schedulerName", text("default-scheduler"));
    spec.putIfAbsent("securityContext", Fields.newObject());
    for (String list : List.of("initContainers", "containers")) {
      for (JsonNode item : spec.path(list)) {
        if (item instanceof ObjectNode container) {
          container(container);
        }
      }
    }
  }

  private static void container(ObjectNode container) {
    ObjectNode resources = Fields.object(container, "resources");
    if (resources.has("limits")) {
      ObjectNode requests = Fields.object(resources, "requests");
      resources
          .path("limits")
          .properties()
          .forEach(limit -> requests.putIfAbsent(limit.getKey(), limit.getValue()));
    }
    container.putIfAbsent("terminationMessagePath", text("/dev/termination-log"));
    container.putIfAbsent("terminationMessagePolicy", text("File"));
    boolean latest =
        !Fields.text(container, "image").contains(":")
            || Fields.text(container, "image").endsWith(":latest");
    container.putIfAbsent("imagePullPolicy", text(latest ? "Always" : "IfNotPresent"));
  }

  private static String qosClass(ObjectNode pod) {
    boolean any = false;
    boolean all = true;
    for (JsonNode container : Fields.at(pod, "spec.containers")) {
      for (String resource : List.of("cpu", "memory")) {
        long request = Quantity.millis(Fields.at(container, "resources.requests").path(resource));
        long limit = Quantity.millis(Fields.at(container, "resources.limits").path(resource));
        any |= request > 0 || limit > 0;
        all &= limit > 0 && request == limit;
      }
    }
    return any ? (all ? "Guaranteed" : "Burstable") : "BestEffort";
  }

  /** Pods outlive a short absence of their node. */
  private static void tolerate(ObjectNode pod, String taint) {
    ArrayNode tolerations = Fields.array(pod, "spec.tolerations");
    boolean present =
        tolerations
            .valueStream()
            .anyMatch(t -> Fields.text(t, "key").equals(taint) || Fields.text(t, "key").isEmpty());
    if (!present) {
      tolerations
          .addObject()
          .put("key", taint)
          .put("operator", "Exists")
          .put("effect", "NoExecute")
          .put("tolerationSeconds", 300);
    }
  }

  private static void establish(ObjectNode definition) {
    ObjectNode names = Fields.object(definition, "spec.names");
    String kind = Fields.text(names, "kind");
    names.putIfAbsent("singular", text(kind.toLowerCase(Locale.ROOT)));
    names.putIfAbsent("listKind", text(kind + "List"));
    ObjectNode status = Fields.object(definition, "status");
    ArrayNode conditions = status.putArray("conditions");
    for (String type : List.of("NamesAccepted", "Established")) {
      conditions.addObject().put("type", type).put("status", "True").put("reason", type);
    }
    status.set("acceptedNames", names.deepCopy());
    ArrayNode stored = status.putArray("storedVersions");
    Fields.at(definition, "spec.versions")
        .valueStream()
        .filter(version -> Fields.flag(version, "storage"))
        .forEach(version -> stored.add(Fields.text(version, "name")));
  }

  private static void absent(ObjectNode object, String field, int value) {
    if (!object.has(field)) {
      object.put(field, value);
    }
  }

  private static JsonNode text(String value) {
    return StringNode.valueOf(value);
  }
}
