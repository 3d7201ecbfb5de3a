package com.mloptimizer.agent.sandbox.cluster;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The demo's workloads, as a table: a shop, its payments, the usual system pods and the agent's own
 * namespace. Some ask for far more than they use, one has scratch data; {@code demo.yaml} adds
 * budgets and a pod that belongs to nobody.
 */
final class DemoWorkloads {
  static final List<String> NAMESPACES = List.of("shop", "payments", "ml-optimizer");

  /** One workload; cpu in millicores and memory in MiB, each as request and limit, 0 for none. */
  private record Workload(
      String kind,
      String namespace,
      String name,
      int replicas,
      String image,
      int cpuRequest,
      int cpuLimit,
      int memoryRequest,
      int memoryLimit) {}

  private static final String DEPLOYMENT = "Deployment";
  private static final String STATEFUL = "StatefulSet";
  private static final String DAEMON = "DaemonSet";

  private static final List<Workload> TABLE =
      List.of(
          new Workload(
              DEPLOYMENT,
              "shop",
              "frontend",
              6,
              "registry.example/shop/frontend:3.14.2",
              200,
              500,
              192,
              384),
          new Workload(
              DEPLOYMENT,
              "shop",
              "catalog",
              4,
              "registry.example/shop/catalog:2.8.0",
              300,
              800,
              384,
              768),
          new Workload(
              DEPLOYMENT,
              "shop",
              "cart",
              3,
              "registry.example/shop/cart:1.19.4",
              150,
              400,
              256,
              512),
          new Workload(
              DEPLOYMENT,
              "shop",
              "search",
              3,
              "registry.example/shop/search:5.2.1",
              500,
              1500,
              768,
              1536),
          new Workload(
              DEPLOYMENT,
              "shop",
              "recommendations",
              2,
              "registry.example/shop/recommendations:0.9.7",
              600,
              0,
              1024,
              2048),
          new Workload(
              DEPLOYMENT,
              "shop",
              "thumbnailer",
              2,
              "registry.example/shop/thumbnailer:1.3.3",
              100,
              500,
              128,
              512),
          new Workload(STATEFUL, "shop", "redis", 3, "redis:7.4-alpine", 100, 300, 256, 256),
          new Workload(STATEFUL, "shop", "postgres", 2, "postgres:17.2", 500, 1000, 1024, 2048),
          new Workload(
              DEPLOYMENT,
              "payments",
              "gateway",
              3,
              "registry.example/payments/gateway:4.0.12",
              250,
              250,
              256,
              256),
          new Workload(
              DEPLOYMENT,
              "payments",
              "ledger",
              2,
              "registry.example/payments/ledger:2.2.5",
              400,
              800,
              512,
              1024),
          new Workload(
              DEPLOYMENT,
              "payments",
              "fraud-scoring",
              2,
              "registry.example/payments/fraud-scoring:1.7.0",
              500,
              2000,
              768,
              1536),
          new Workload(
              STATEFUL, "payments", "kafka", 3, "apache/kafka:3.9.0", 300, 1000, 1024, 1536),
          new Workload(
              DEPLOYMENT,
              "kube-system",
              "coredns",
              2,
              "registry.k8s.io/coredns/coredns:v1.12.1",
              100,
              0,
              70,
              170),
          new Workload(
              DEPLOYMENT,
              "kube-system",
              "metrics-server",
              2,
              "registry.k8s.io/metrics-server/metrics-server:v0.8.0",
              100,
              0,
              200,
              0),
          new Workload(
              DAEMON,
              "kube-system",
              "kube-proxy",
              0,
              "registry.k8s.io/kube-proxy:v1.34.0",
              50,
              0,
              64,
              0),
          new Workload(
              DAEMON,
              "kube-system",
              "node-exporter",
              0,
              "quay.io/prometheus/node-exporter:v1.9.1",
              30,
              100,
              48,
              96),
          new Workload(
              DEPLOYMENT,
              "ml-optimizer",
              "dashboard",
              1,
              "registry.example/ml/dashboard:0.4.1",
              50,
              200,
              96,
              192));

  private DemoWorkloads() {}

  static List<JsonNode> objects() {
    List<JsonNode> objects = new ArrayList<>();
    TABLE.forEach(workload -> objects.add(object(workload)));
    return objects;
  }

  private static ObjectNode object(Workload workload) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", "apps/v1").put("kind", workload.kind());
    ObjectNode metadata = object.putObject("metadata");
    metadata.put("name", workload.name()).put("namespace", workload.namespace());
    labels(metadata.putObject("labels"), workload);
    ObjectNode spec = object.putObject("spec");
    if (!workload.kind().equals(DAEMON)) {
      spec.put("replicas", workload.replicas());
    }
    spec.withObject("/selector/matchLabels").put("app", workload.name());
    labels(spec.withObject("/template/metadata/labels"), workload);
    ObjectNode pod = spec.withObject("/template/spec");
    ObjectNode container = pod.withArray("/containers").addObject();
    container.put("name", workload.name()).put("image", workload.image());
    resources(container.putObject("resources"), workload);
    if (workload.kind().equals(STATEFUL)) {
      spec.put("serviceName", workload.name());
      claim(spec.withArray("/volumeClaimTemplates").addObject());
    }
    if (workload.name().equals("thumbnailer")) {
      pod.withArray("/volumes").addObject().put("name", "scratch").putObject("emptyDir");
    }
    if (workload.namespace().equals("kube-system")) {
      pod.put("priorityClassName", "system-cluster-critical").put("priority", 2_000_000_000);
    }
    return object;
  }

  private static void labels(ObjectNode labels, Workload workload) {
    labels.put("app", workload.name()).put("app.kubernetes.io/part-of", workload.namespace());
  }

  private static void resources(ObjectNode resources, Workload workload) {
    ObjectNode requests = resources.putObject("requests");
    requests.put("cpu", workload.cpuRequest() + "m");
    requests.put("memory", workload.memoryRequest() + "Mi");
    if (workload.cpuLimit() > 0) {
      resources.withObject("/limits").put("cpu", workload.cpuLimit() + "m");
    }
    if (workload.memoryLimit() > 0) {
      resources.withObject("/limits").put("memory", workload.memoryLimit() + "Mi");
    }
  }

  private static void claim(ObjectNode claim) {
    claim.putObject("metadata").put("name", "data");
    ObjectNode spec = claim.putObject("spec");
    spec.putArray("accessModes").add("ReadWriteOnce");
    spec.withObject("/resources/requests").put("storage", "20Gi");
  }
}
