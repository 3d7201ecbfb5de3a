package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code label_node} and {@code label_resource}: sets or removes labels by a merge patch. */
final class LabelHandler {
  private final KubernetesClient kubernetes;

  LabelHandler(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  Conclusion handle(
      ResourcePath path,
      String target,
      Map<String, String> labels,
      boolean remove,
      ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return new Edit(
            ApiRequest.get(path).metadataOnly(),
            target,
            new ClusterCalls(kubernetes, context),
            context)
        .carryOut(null, object -> decide(path, target, object, labels, remove));
  }

  static Decision decide(
      ResourcePath path,
      String target,
      LiveObject object,
      Map<String, String> labels,
      boolean remove) {
    Map<String, @Nullable String> changes = changes(object, labels, remove);
    if (changes.isEmpty()) {
      return new Decision.End(
          Conclusion.of(Outcome.NO_CHANGE, "labels of " + target + " are so already"));
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    object.bind(patch).set("labels", json(changes));
    Map<String, @Nullable String> before = new TreeMap<>();
    changes.keySet().forEach(name -> before.put(name, object.label(name)));
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.set("before", json(before));
    details.set("after", json(changes));
    String names = String.join(", ", changes.keySet());
    return new Decision.Write(
        ApiRequest.mergePatch(path, patch),
        "labels would change on " + target + ": " + names,
        "changed labels of " + target + ": " + names,
        details);
  }

  /** The labels that differ, with their new value; null removes. */
  static Map<String, @Nullable String> changes(
      LiveObject object, Map<String, String> labels, boolean remove) {
    Map<String, @Nullable String> changes = new TreeMap<>();
    labels.forEach((name, value) -> {
      @Nullable String current = object.label(name);
      if (remove ? current != null : !value.equals(current)) {
        changes.put(name, remove ? null : value);
      }
    });
    return changes;
  }

  private static ObjectNode json(Map<String, @Nullable String> values) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    values.forEach(object::put);
    return object;
  }
}
