package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects are stored in a kind's first version and shown in the one that was asked for. Versions
 * differ in more than their name only for the HorizontalPodAutoscaler: autoscaling/v1 knows one
 * target, the CPU utilization.
 */
final class Versions {
  private Versions() {}

  /** The object in a served version; the stored one itself where nothing differs. */
  static ObjectNode fromStored(ResourceKind kind, String version, ObjectNode stored) {
    if (version.equals(kind.versions().getFirst())) {
      return stored;
    }
    ObjectNode shown = stored.deepCopy().put("apiVersion", kind.apiVersion(version));
    if (kind.plural().equals("horizontalpodautoscalers")) {
      ObjectNode spec = Fields.object(shown, "spec");
      for (JsonNode metric : spec.path("metrics")) {
        if (Fields.text(metric, "resource.name").equals("cpu")) {
          JsonNode target = Fields.at(metric, "resource.target.averageUtilization");
          spec.set("targetCPUUtilizationPercentage", target);
        }
      }
      spec.remove(List.of("metrics", "behavior"));
    }
    return shown;
  }

  /** The object as it is stored. */
  static ObjectNode toStored(ResourceKind kind, String version, ObjectNode given) {
    ObjectNode stored = given.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
    if (kind.plural().equals("horizontalpodautoscalers") && version.equals("v1")) {
      ObjectNode spec = Fields.object(stored, "spec");
      JsonNode percent = spec.path("targetCPUUtilizationPercentage");
      spec.remove("targetCPUUtilizationPercentage");
      if (percent.isNumber()) {
        ObjectNode metric = spec.putArray("metrics").addObject().put("type", "Resource");
        ObjectNode target = metric.putObject("resource").put("name", "cpu").putObject("target");
        target.put("type", "Utilization").set("averageUtilization", percent);
      }
    }
    return stored;
  }
}
