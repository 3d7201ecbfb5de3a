package com.mloptimizer.agent.sandbox.console;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/** What the page shows of an object of the cluster. */
sealed interface ClusterItem {

  /** Tells it from others of its kind. */
  String key();

  /** For the watch that goes on from here. */
  String resourceVersion();

  /** A node. */
  record NodeItem(
      String name,
      String resourceVersion,
      boolean ready,
      boolean cordoned,
      String instanceType,
      String zone,
      String version)
      implements ClusterItem {

    static NodeItem read(JsonParser parser) {
      JsonNode node = parser.readValueAsTree();
      JsonNode labels = node.path("metadata").path("labels");
      return new NodeItem(
          nameOf(node),
          versionOf(node),
          condition(node, "Ready"),
          node.path("spec").path("unschedulable").asBoolean(false),
          labels.path("node.kubernetes.io/instance-type").asString(""),
          labels.path("topology.kubernetes.io/zone").asString(""),
          node.path("status").path("nodeInfo").path("kubeletVersion").asString(""));
    }

    @Override
    public String key() {
      return name;
    }
  }

  /**
   * A pod.
   *
   * @param state {@code running}, {@code starting}, {@code pending}, {@code terminating}, {@code
   *     succeeded} or {@code failed}
   * @param workload what would be scaled to have fewer or more of it
   */
  record PodItem(
      String namespace,
      String name,
      String resourceVersion,
      String node,
      String state,
      @Nullable Owner workload)
      implements ClusterItem {

    /** A workload's kind and name, in the pod's namespace. */
    record Owner(String kind, String name) {}

    static PodItem read(JsonParser parser) {
      JsonNode pod = parser.readValueAsTree();
      return new PodItem(
          pod.path("metadata").path("namespace").asString(""),
          nameOf(pod),
          versionOf(pod),
          pod.path("spec").path("nodeName").asString(""),
          state(pod),
          workload(pod));
    }

    @Override
    public String key() {
      return namespace + "/" + name;
    }

    private static String state(JsonNode pod) {
      if (!pod.path("metadata").path("deletionTimestamp").isMissingNode()) {
        return "terminating";
      }
      return switch (pod.path("status").path("phase").asString("Pending")) {
        case "Running" -> condition(pod, "Ready") ? "running" : "starting";
        case "Succeeded" -> "succeeded";
        case "Failed" -> "failed";
        default -> "pending";
      };
    }

    private static @Nullable Owner workload(JsonNode pod) {
      for (JsonNode owner : pod.path("metadata").path("ownerReferences")) {
        String kind = owner.path("kind").asString("");
        String name = owner.path("name").asString("");
        if (kind.equals("ReplicaSet")) {
          String hash = pod.path("metadata").path("labels").path("pod-template-hash").asString("");
          return !hash.isEmpty() && name.endsWith("-" + hash)
              ? new Owner("Deployment", name.substring(0, name.length() - hash.length() - 1))
              : new Owner(kind, name);
        }
        if (owner.path("controller").asBoolean(false)) {
          return new Owner(kind, name);
        }
      }
      return null;
    }
  }

  /** A Deployment or StatefulSet. */
  record WorkloadItem(
      String kind, String namespace, String name, String resourceVersion, int desired, int ready)
      implements ClusterItem {

    static WorkloadItem read(String kind, JsonParser parser) {
      JsonNode workload = parser.readValueAsTree();
      return new WorkloadItem(
          kind,
          workload.path("metadata").path("namespace").asString(""),
          nameOf(workload),
          versionOf(workload),
          workload.path("spec").path("replicas").asInt(1),
          workload.path("status").path("readyReplicas").asInt(0));
    }

    @Override
    public String key() {
      return kind + "/" + namespace + "/" + name;
    }
  }

  private static String nameOf(JsonNode object) {
    return object.path("metadata").path("name").asString("");
  }

  private static String versionOf(JsonNode object) {
    return object.path("metadata").path("resourceVersion").asString("");
  }

  private static boolean condition(JsonNode object, String type) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }
}
