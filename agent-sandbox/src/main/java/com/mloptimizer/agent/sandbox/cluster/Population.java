package com.mloptimizer.agent.sandbox.cluster;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a new cluster contains: nodes over three zones, the usual namespaces and, if wanted, {@link
 * DemoWorkloads}.
 */
record Population(int nodes, boolean demoWorkloads, Instant now) {
  private static final List<String> ZONES = List.of("eu-west-1a", "eu-west-1b", "eu-west-1c");
  private static final List<String> NAMESPACES =
      List.of("default", "kube-system", "kube-public", "kube-node-lease");

  List<JsonNode> objects() {
    List<JsonNode> objects = new ArrayList<>();
    NAMESPACES.forEach(name -> objects.add(namespace(name)));
    for (int i = 0; i < nodes; i++) {
      objects.add(node(i, now.toString()));
    }
    if (demoWorkloads) {
      DemoWorkloads.NAMESPACES.forEach(name -> objects.add(namespace(name)));
      objects.addAll(DemoWorkloads.objects());
    }
    return objects;
  }

  private static ObjectNode object(String apiVersion, String kind, String name) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", apiVersion).put("kind", kind);
    object.putObject("metadata").put("name", name);
    return object;
  }

  private static ObjectNode namespace(String name) {
    return object("v1", "Namespace", name);
  }

  private static ObjectNode node(int index, String since) {
    String zone = ZONES.get(index % ZONES.size());
    int rack = index / ZONES.size();
    String name = "ip-10-0-" + (index % ZONES.size() + 1) + "-" + (11 + 7 * rack);
    boolean large = index % 4 == 3;
    ObjectNode node = object("v1", "Node", name);
    Map<String, String> labels =
        Map.of(
            "kubernetes.io/hostname",
            name,
            "kubernetes.io/os",
            "linux",
            "kubernetes.io/arch",
            "amd64",
            "node.kubernetes.io/instance-type",
            large ? "m6i.2xlarge" : "m6i.xlarge",
            "topology.kubernetes.io/region",
            "eu-west-1",
            "topology.kubernetes.io/zone",
            zone);
    ObjectNode shown = node.withObject("/metadata/labels");
    labels.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(label -> shown.put(label.getKey(), label.getValue()));
    node.putObject("spec").put("providerID", "sandbox:///" + zone + "/" + name);
    ObjectNode status = node.putObject("status");
    capacity(status, large ? 8 : 4);
    condition(status, "MemoryPressure", false, "KubeletHasSufficientMemory", since);
    condition(status, "DiskPressure", false, "KubeletHasNoDiskPressure", since);
    condition(status, "PIDPressure", false, "KubeletHasSufficientPID", since);
    condition(status, "Ready", true, "KubeletReady", since);
    system(status, name);
    return node;
  }

  private static void capacity(ObjectNode status, int cpus) {
    ObjectNode capacity = status.putObject("capacity");
    capacity.put("cpu", Integer.toString(cpus)).put("memory", cpus * 4 * 1024 * 1024 + "Ki");
    capacity.put("ephemeral-storage", "83873772Ki").put("pods", "58");
    ObjectNode allocatable = status.putObject("allocatable");
    allocatable.put("cpu", (cpus * 1000 - 80) + "m");
    allocatable.put("memory", (cpus * 4 * 1024 - 1024) * 1024 + "Ki");
    allocatable.put("ephemeral-storage", "76224326324").put("pods", "58");
  }

  private static void system(ObjectNode status, String name) {
    String ip = name.substring(3).replace('-', '.');
    status.withArray("/addresses").addObject().put("type", "InternalIP").put("address", ip);
    status.withArray("/addresses").addObject().put("type", "Hostname").put("address", name);
    status
        .putObject("nodeInfo")
        .put("architecture", "amd64")
        .put("bootID", "")
        .put("containerRuntimeVersion", "containerd://2.1.4")
        .put("kernelVersion", "6.12.40")
        .put("kubeProxyVersion", "")
        .put("kubeletVersion", "v1.34.0")
        .put("machineID", "")
        .put("operatingSystem", "linux")
        .put("osImage", "Embedded Linux")
        .put("systemUUID", "");
  }

  private static void condition(
      ObjectNode status, String type, boolean value, String reason, String since) {
    status
        .withArray("/conditions")
        .addObject()
        .put("type", type)
        .put("status", value ? "True" : "False")
        .put("reason", reason)
        .put("lastHeartbeatTime", since)
        .put("lastTransitionTime", since);
  }
}
