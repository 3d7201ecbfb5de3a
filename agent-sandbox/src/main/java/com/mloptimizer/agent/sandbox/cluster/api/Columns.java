package com.mloptimizer.agent.sandbox.cluster.api;

import static com.mloptimizer.agent.sandbox.cluster.api.Column.age;
import static com.mloptimizer.agent.sandbox.cluster.api.Column.count;
import static com.mloptimizer.agent.sandbox.cluster.api.Column.orNone;
import static com.mloptimizer.agent.sandbox.cluster.api.Column.text;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Which columns the tables of the built-in kinds have, after the name. */
final class Columns {
  private static final Column AGE = age("Age", "metadata.creationTimestamp");

  private static final Map<String, List<Column>> BY_KIND =
      Map.ofEntries(
          Map.entry("pods", pods()),
          Map.entry("nodes", nodes()),
          Map.entry("namespaces", List.of(text("Status", "status.phase"), AGE)),
          Map.entry("events", events()),
          Map.entry(
              "deployments.apps",
              workload(
                  readyOf("status.readyReplicas", "spec.replicas"),
                  count("Up-to-date", "status.updatedReplicas"),
                  count("Available", "status.availableReplicas"))),
          Map.entry(
              "replicasets.apps",
              workload(
                  count("Desired", "spec.replicas"),
                  count("Current", "status.replicas"),
                  count("Ready", "status.readyReplicas"))),
          Map.entry(
              "statefulsets.apps", workload(readyOf("status.readyReplicas", "spec.replicas"))),
          Map.entry(
              "daemonsets.apps",
              workload(
                  count("Desired", "status.desiredNumberScheduled"),
                  count("Current", "status.currentNumberScheduled"),
                  count("Ready", "status.numberReady"),
                  count("Up-to-date", "status.updatedNumberScheduled"),
                  count("Available", "status.numberAvailable"),
                  text(
                      "Node Selector",
                      o -> pairs(Fields.at(o, "spec.template.spec.nodeSelector"))))),
          Map.entry(
              "poddisruptionbudgets.policy",
              List.of(
                  text("Min Available", o -> orNotSet(Fields.at(o, "spec.minAvailable"))),
                  text("Max Unavailable", o -> orNotSet(Fields.at(o, "spec.maxUnavailable"))),
                  count("Allowed Disruptions", "status.disruptionsAllowed"),
                  AGE)),
          Map.entry(
              "services",
              List.of(text("Type", "spec.type"), text("Cluster-IP", "spec.clusterIP"), AGE)),
          Map.entry(
              "leases.coordination.k8s.io", List.of(text("Holder", "spec.holderIdentity"), AGE)),
          Map.entry(
              "persistentvolumeclaims",
              List.of(
                  text("Status", "status.phase"),
                  text("Volume", "spec.volumeName"),
                  text("Capacity", "status.capacity.storage"),
                  AGE)),
          Map.entry(
              "horizontalpodautoscalers.autoscaling",
              List.of(
                  text(
                      "Reference",
                      o ->
                          Fields.text(o, "spec.scaleTargetRef.kind")
                              + "/"
                              + Fields.text(o, "spec.scaleTargetRef.name")),
                  count("MinPods", "spec.minReplicas"),
                  count("MaxPods", "spec.maxReplicas"),
                  count("Replicas", "status.currentReplicas"),
                  AGE)),
          Map.entry(
              "customresourcedefinitions.apiextensions.k8s.io",
              List.of(text("Created At", "metadata.creationTimestamp"))));

  private Columns() {}

  /** The columns of a kind; a kind that the table does not know has its age. */
  static List<Column> of(String qualifiedName) {
    return BY_KIND.getOrDefault(qualifiedName, List.of(AGE));
  }

  private static List<Column> pods() {
    return List.of(
        text("Ready", Columns::readyContainers),
        text("Status", PodPhase::of),
        new Column("Restarts", "string", 0, PodPhase::restarts),
        AGE,
        text("IP", "status.podIP").wide(),
        text("Node", "spec.nodeName").wide(),
        text("Nominated Node", "status.nominatedNodeName").wide(),
        text("Readiness Gates", o -> orNone("")).wide());
  }

  private static List<Column> nodes() {
    return List.of(
        text("Status", Columns::nodeStatus),
        text("Roles", Columns::roles),
        AGE,
        text("Version", "status.nodeInfo.kubeletVersion"),
        text("Internal-IP", o -> address(o, "InternalIP")).wide(),
        text("External-IP", o -> address(o, "ExternalIP")).wide(),
        text("OS-Image", "status.nodeInfo.osImage").wide(),
        text("Kernel-Version", "status.nodeInfo.kernelVersion").wide(),
        text("Container-Runtime", "status.nodeInfo.containerRuntimeVersion").wide());
  }

  private static List<Column> events() {
    return List.of(
        age("Last Seen", "lastTimestamp"),
        text("Type", "type"),
        text("Reason", "reason"),
        text(
            "Object",
            o ->
                Fields.text(o, "involvedObject.kind").toLowerCase(Locale.ROOT)
                    + "/"
                    + Fields.text(o, "involvedObject.name")),
        text("Subobject", "involvedObject.fieldPath").wide(),
        text("Source", "source.component").wide(),
        text("Message", "message"),
        age("First Seen", "firstTimestamp").wide(),
        count("Count", "count").wide(),
        text("Name", "metadata.name").wide());
  }

  private static List<Column> workload(Column... counts) {
    List<Column> columns = new ArrayList<>(List.of(counts));
    columns.add(AGE);
    columns.add(text("Containers", o -> containers(o, "name")).wide());
    columns.add(text("Images", o -> containers(o, "image")).wide());
    columns.add(text("Selector", o -> pairs(Fields.at(o, "spec.selector.matchLabels"))).wide());
    return List.copyOf(columns);
  }

  private static Column readyOf(String ready, String desired) {
    Function<JsonNode, String> cell =
        object -> Fields.number(object, ready, 0) + "/" + Fields.number(object, desired, 1);
    return text("Ready", cell);
  }

  private static String readyContainers(JsonNode pod) {
    long ready =
        Fields.at(pod, "status.containerStatuses")
            .valueStream()
            .filter(status -> Fields.flag(status, "ready"))
            .count();
    return ready + "/" + Fields.at(pod, "spec.containers").size();
  }

  private static String nodeStatus(JsonNode node) {
    boolean ready =
        Fields.at(node, "status.conditions")
            .valueStream()
            .anyMatch(c ->
                Fields.text(c, "type").equals("Ready") && Fields.text(c, "status").equals("True"));
    String cordoned = Fields.flag(node, "spec.unschedulable") ? ",SchedulingDisabled" : "";
    return (ready ? "Ready" : "NotReady") + cordoned;
  }

  private static String roles(JsonNode node) {
    String prefix = "node-role.kubernetes.io/";
    return orNone(
        Fields.labels(node).propertyNames().stream()
            .filter(label -> label.startsWith(prefix))
            .map(label -> label.substring(prefix.length()))
            .sorted()
            .collect(Collectors.joining(",")));
  }

  private static String address(JsonNode node, String type) {
    return orNone(
        Fields.at(node, "status.addresses")
            .valueStream()
            .filter(a -> Fields.text(a, "type").equals(type))
            .map(a -> Fields.text(a, "address"))
            .findFirst()
            .orElse(""));
  }

  private static String containers(JsonNode workload, String field) {
    Stream<JsonNode> containers =
        Fields.at(workload, "spec.template.spec.containers").valueStream();
    return containers.map(c -> Fields.text(c, field)).collect(Collectors.joining(","));
  }

  private static String pairs(JsonNode labels) {
    return orNone(
        Fields.texts(labels).entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining(",")));
  }

  private static String orNotSet(JsonNode value) {
    return value.isMissingNode() ? "N/A" : value.asString("");
  }

  /** What kubectl shows as a pod's status. */
  private static final class PodPhase {
    static String of(JsonNode pod) {
      if (Fields.isDeleting(pod)) {
        return "Terminating";
      }
      for (JsonNode status : Fields.at(pod, "status.containerStatuses")) {
        String waiting = Fields.text(status, "state.waiting.reason");
        String terminated = Fields.text(status, "state.terminated.reason");
        if (!waiting.isEmpty() || !terminated.isEmpty()) {
          return waiting.isEmpty() ? terminated : waiting;
        }
      }
      String reason = Fields.text(pod, "status.reason");
      return reason.isEmpty() ? Fields.text(pod, "status.phase") : reason;
    }

    static JsonNode restarts(JsonNode pod, Instant now) {
      long restarts =
          Fields.at(pod, "status.containerStatuses")
              .valueStream()
              .mapToLong(status -> Fields.number(status, "restartCount", 0))
              .sum();
      return StringNode.valueOf(Long.toString(restarts));
    }
  }
}
