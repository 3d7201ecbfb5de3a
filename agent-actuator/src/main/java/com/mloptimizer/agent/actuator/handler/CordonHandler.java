package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import org.jspecify.annotations.Nullable;
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
    return new Edit(
            ResourcePath.core("nodes").name(nodeName),
            "node " + nodeName,
            new ClusterCalls(kubernetes, context),
            context)
        .carryOut(nodeUid, node -> decide(node, unschedulable));
  }

  static Decision decide(LiveObject node, boolean unschedulable) {
    String wanted = unschedulable ? "cordoned" : "uncordoned";
    if (isUnschedulable(node) == unschedulable) {
      return new Decision.End(
          Conclusion.of(Outcome.NO_CHANGE, "node " + node.name() + " is " + wanted + " already"));
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = node.bind(patch);
    ObjectNode spec = patch.putObject("spec");
    if (unschedulable) {
      spec.put("unschedulable", true);
    } else {
      spec.putNull("unschedulable");
      if (!node.annotation(DrainCordon.MARK).isEmpty()) {
        // The mark of a drain that nobody finished would say whose a later cordon is.
        metadata.putObject("annotations").putNull(DrainCordon.MARK);
      }
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.putObject("before").put("unschedulable", !unschedulable);
    details.putObject("after").put("unschedulable", unschedulable);
    return new Decision.Write(
        ApiRequest.mergePatch(ResourcePath.core("nodes").name(node.name()), patch),
        "node " + node.name() + " would be " + wanted,
        wanted + " node " + node.name(),
        details);
  }

  static boolean isUnschedulable(LiveObject node) {
    return node.spec().path("unschedulable").asBoolean(false);
  }
}
