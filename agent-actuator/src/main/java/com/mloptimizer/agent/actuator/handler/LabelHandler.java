package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code label_node} and {@code label_resource}: sets or removes labels by a merge patch. */
final class LabelHandler {
  private static final int UNPROCESSABLE = 422;

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
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    Optional<JsonNode> found = calls.get(path);
    if (found.isEmpty()) {
      return Conclusion.of(Outcome.FAILED, target + " not found");
    }
    LiveObject object = new LiveObject(found.get());
    Map<String, @Nullable String> changes = changes(object, labels, remove);
    if (changes.isEmpty()) {
      return Conclusion.of(Outcome.NO_CHANGE, "labels of " + target + " are so already");
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = patch.putObject("metadata").put("uid", object.uid());
    metadata.set("labels", object(changes));
    ApiRequest write = ApiRequest.mergePatch(path, patch);
    ApiAnswer answer = calls.send(context.dryRun() ? write.dryRun() : write);
    if (answer.statusCode() == UNPROCESSABLE) {
      return Conclusion.invalid(answer.message());
    }
    if (!answer.isSuccess()) {
      throw ClusterCalls.failed("cannot patch labels of " + target, answer);
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    Map<String, @Nullable String> before = new TreeMap<>();
    changes.keySet().forEach(name -> before.put(name, object.label(name)));
    details.set("before", object(before));
    details.set("after", object(changes));
    String names = String.join(", ", changes.keySet());
    return context.dryRun()
        ? Conclusion.of(Outcome.PLANNED, "labels would change on " + target + ": " + names, details)
        : Conclusion.of(Outcome.CHANGED, "changed labels of " + target + ": " + names, details);
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

  private static ObjectNode object(Map<String, @Nullable String> values) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    values.forEach(object::put);
    return object;
  }
}
