package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
  private @Nullable String nodeUid;
  private final String action;
  private boolean mayBeSet;

  /**
   * @param nodeUid null if any node of that name will do; from the first look on it is that one
   */
  DrainCordon(String nodeName, @Nullable String nodeUid, String action) {
    this.nodeName = nodeName;
    this.nodeUid = nodeUid;
    this.action = action;
  }

  /** Reads the node. */
  LiveObject node(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    LiveObject node =
        find(calls)
            .orElseThrow(() ->
                new ActionEndedException(
                    Conclusion.of(Outcome.FAILED, "node " + nodeName + " not found")));
    node.requireUid(nodeUid);
    nodeUid = node.uid();
    return node;
  }

  /** Cordons the node unless it is cordoned, or somebody took this action's cordon away. */
  void set(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    LiveObject node = node(calls);
    while (!CordonHandler.isUnschedulable(node)) {
      if (isOurs(node)) {
        throw takenAway();
      }
      mayBeSet = true; // Even if its answer is lost.
      write(ApiRequest.mergePatch(path(), patch(node, action, true)), calls);
      node = node(calls);
    }
  }

  /**
   * Ends the action if the node takes pods again: what is on it now may have come since, and an
   * operator who uncordons it wants to keep them. A node that is gone takes none.
   */
  void requireInPlace(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<LiveObject> node = find(calls);
    if (node.isPresent()) {
      node.get().requireUid(nodeUid);
      if (!CordonHandler.isUnschedulable(node.get())) {
        throw takenAway();
      }
    }
  }

  private static ActionEndedException takenAway() {
    return new ActionEndedException(
        Conclusion.of(Outcome.FAILED, "somebody uncordoned it meanwhile"));
  }

  /** Has the API server say what it thinks of the cordon, and sets none; returns the node. */
  LiveObject plan(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      LiveObject node = node(calls);
      if (CordonHandler.isUnschedulable(node)
          || write(ApiRequest.mergePatch(path(), patch(node, action, true)).dryRun(), calls)) {
        return node;
      }
    }
  }

  /** Whether this process may have cordoned the node. */
  boolean mayBeSet() {
    return mayBeSet;
  }

  /** Whether the node bears the mark of this action. */
  boolean isSet(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return find(calls).filter(this::isOurs).isPresent();
  }

  /**
   * Takes the mark away, and the cordon with it unless it is to stay, or somebody else took ours
   * away and set his own since.
   *
   * @return whether the node takes pods now
   */
  boolean settle(boolean keep, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    boolean cordoned = true;
    Optional<LiveObject> node = find(calls).filter(this::isOurs);
    while (node.isPresent()) {
      boolean stays = keep || node.get().isHeldByOthers("f:spec", "f:unschedulable");
      cordoned = stays && CordonHandler.isUnschedulable(node.get());
      write(ApiRequest.mergePatch(path(), patch(node.get(), null, cordoned)), calls);
      node = find(calls).filter(this::isOurs);
    }
    return !cordoned;
  }

  private Optional<LiveObject> find(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return calls.get(path()).map(LiveObject::new);
  }

  private boolean isOurs(LiveObject node) {
    return node.annotation(MARK).equals(action);
  }

  /** Writes, and returns whether it was done for certain; otherwise the next read shows it. */
  private boolean write(ApiRequest request, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<ApiAnswer> answer = calls.write(request);
    if (answer.isPresent() && Edit.isConflict(answer.get())) {
      calls.pauseAfter(answer.get());
      return false;
    }
    if (answer.isPresent() && !answer.get().isSuccess()) {
      throw ClusterCalls.failed("cannot patch node " + nodeName, answer.get());
    }
    return answer.isPresent();
  }

  private static ObjectNode patch(LiveObject node, @Nullable String mark, boolean cordoned) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    node.bind(patch).putObject("annotations").put(MARK, mark);
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
