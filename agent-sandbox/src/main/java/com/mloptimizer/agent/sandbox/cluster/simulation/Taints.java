package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Which taints of a node a pod does not tolerate. */
final class Taints {
  private Taints() {}

  static List<JsonNode> of(JsonNode node) {
    return List.copyOf(Fields.at(node, "spec.taints").values());
  }

  static List<JsonNode> untolerated(JsonNode pod, JsonNode node, List<String> effects) {
    return of(node).stream()
        .filter(taint -> effects.contains(Fields.text(taint, "effect")))
        .filter(taint ->
            Fields.at(pod, "spec.tolerations")
                .valueStream()
                .noneMatch(toleration -> tolerates(toleration, taint)))
        .toList();
  }

  private static boolean tolerates(JsonNode toleration, JsonNode taint) {
    String effect = Fields.text(toleration, "effect");
    if (!effect.isEmpty() && !effect.equals(Fields.text(taint, "effect"))) {
      return false;
    }
    String key = Fields.text(toleration, "key");
    boolean exists = Fields.text(toleration, "operator").equals("Exists");
    if (key.isEmpty()) {
      return exists;
    }
    return key.equals(Fields.text(taint, "key"))
        && (exists || Fields.text(toleration, "value").equals(Fields.text(taint, "value")));
  }
}
