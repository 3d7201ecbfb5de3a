package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code cordon_node} and {@code uncordon_node}: sets {@code spec.unschedulable}. The taint that
 * goes with it is the node controller's business.
 */
final class CordonHandler {
  private final KubernetesClient kubernetes;

  CordonHandler(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  Conclusion handle(
      String nodeName, @Nullable String nodeUid, boolean unschedulable, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    Optional<JsonNode> found = calls.get(ResourcePath.core("nodes").name(nodeName));
    if (found.isEmpty()) {
      return Conclusion.of(Outcome.FAILED, "node " + nodeName + " not found");
    }
    LiveObject node = new LiveObject(found.get());
    node.requireUid(nodeUid);
    String done = unschedulable ? "cordoned" : "uncordoned";
    if (isUnschedulable(node) == unschedulable) {
      return Conclusion.of(Outcome.NO_CHANGE, "node " + nodeName + " is " + done + " already");
    }
    ApiRequest write = patch(nodeName, node.uid(), unschedulable);
    ApiAnswer answer = calls.send(context.dryRun() ? write.dryRun() : write);
    if (!answer.isSuccess()) {
      throw ClusterCalls.failed("cannot patch node " + nodeName, answer);
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.putObject("before").put("unschedulable", !unschedulable);
    details.putObject("after").put("unschedulable", unschedulable);
    return context.dryRun()
        ? Conclusion.of(Outcome.PLANNED, "node " + nodeName + " would be " + done, details)
        : Conclusion.of(Outcome.CHANGED, done + " node " + nodeName, details);
  }

  static boolean isUnschedulable(LiveObject node) {
    return node.json().path("spec").path("unschedulable").asBoolean(false);
  }

  /** A merge patch that the API server refuses (409) if the name has become another node's. */
  static ApiRequest patch(String nodeName, String uid, boolean unschedulable) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").put("uid", uid);
    ObjectNode spec = patch.putObject("spec");
    if (unschedulable) {
      spec.put("unschedulable", true);
    } else {
      spec.putNull("unschedulable");
    }
    return ApiRequest.mergePatch(ResourcePath.core("nodes").name(nodeName), patch);
  }
}
