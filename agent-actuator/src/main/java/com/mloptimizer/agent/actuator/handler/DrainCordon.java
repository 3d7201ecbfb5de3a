package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The cordon of a drain, and whose it is. Cordon and mark are written in one patch, on condition
 * that nobody touched the node since it was read: so an operator's cordon never gets our mark, and
 * after a crash at any point the mark tells the next attempt that the cordon is this action's.
 */
final class DrainCordon {
  /** The annotation with the id of the action that cordoned the node. */
  static final String MARK = "agent.mloptimizer.com/cordoned-by";

  private final String nodeName;
  private final @Nullable String nodeUid;
  private final String action;

  DrainCordon(String nodeName, @Nullable String nodeUid, String action) {
    this.nodeName = nodeName;
    this.nodeUid = nodeUid;
    this.action = action;
  }

  /** Reads the node. */
  LiveObject node(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<JsonNode> found = calls.get(path());
    if (found.isEmpty()) {
      throw new ActionEndedException(
          Conclusion.of(Outcome.FAILED, "node " + nodeName + " not found"));
    }
    LiveObject node = new LiveObject(found.get());
    node.requireUid(nodeUid);
    return node;
  }

  /** Cordons the node unless it is cordoned; returns whether the cordon is this action's. */
  boolean set(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      LiveObject node = node(calls);
      if (CordonHandler.isUnschedulable(node)) {
        return isOurs(node);
      }
      write(patch(node, action, true), calls);
    }
  }

  /** Takes the mark away, and the cordon with it unless it is to stay. */
  void settle(boolean keep, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      LiveObject node = node(calls);
      if (!isOurs(node)) {
        return; // Somebody uncordoned it meanwhile; what is there now is not ours.
      }
      write(patch(node, null, keep && CordonHandler.isUnschedulable(node)), calls);
    }
  }

  private boolean isOurs(LiveObject node) {
    return node.annotation(MARK).equals(action);
  }

  /** Writes; whether it was done shows the next read. */
  private void write(ObjectNode patch, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<ApiAnswer> answer = calls.write(ApiRequest.mergePatch(path(), patch));
    if (answer.isPresent() && !answer.get().isSuccess() && !Edit.isConflict(answer.get())) {
      throw ClusterCalls.failed("cannot patch node " + nodeName, answer.get());
    }
  }

  private static ObjectNode patch(LiveObject node, @Nullable String mark, boolean cordoned) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = patch.putObject("metadata");
    metadata.put("uid", node.uid()).put("resourceVersion", node.resourceVersion());
    metadata.putObject("annotations").put(MARK, mark);
    ObjectNode spec = patch.putObject("spec");
    if (cordoned) {
      spec.put("unschedulable", true);
    } else {
      spec.putNull("unschedulable");
    }
    return patch;
  }

  private ResourcePath path() {
    return ResourcePath.core("nodes").name(nodeName);
  }
}
