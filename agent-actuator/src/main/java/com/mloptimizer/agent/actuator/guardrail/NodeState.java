package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import tools.jackson.core.JsonParser;

/**
 * Whether a node takes pods: not if it is not ready, or unschedulable, or has a taint with effect
 * {@code NoExecute}, which drives pods away as a drain does.
 */
record NodeState(String name, boolean isAvailable) {

  static NodeState read(JsonParser parser) {
    String name = "";
    boolean repels = false;
    boolean ready = false;
    ObjectCursor node = ObjectCursor.over(parser);
    while (node.next()) {
      switch (node.field()) {
        case "metadata" -> name = name(node.object());
        case "spec" -> repels = repels(node.object());
        case "status" -> ready = isReady(node.object());
        default -> {}
      }
    }
    return new NodeState(name, ready && !repels);
  }

  private static String name(ObjectCursor metadata) {
    String name = "";
    while (metadata.next()) {
      if (metadata.field().equals("name")) {
        name = metadata.text("");
      }
    }
    return name;
  }

  private static boolean repels(ObjectCursor spec) {
    boolean repels = false;
    while (spec.next()) {
      switch (spec.field()) {
        case "unschedulable" -> repels |= spec.flag();
        case "taints" -> repels |= spec.objects(NodeState::isNoExecute).contains(true);
        default -> {}
      }
    }
    return repels;
  }

  private static boolean isNoExecute(ObjectCursor taint) {
    boolean found = false;
    while (taint.next()) {
      found |= taint.field().equals("effect") && taint.text("").equals("NoExecute");
    }
    return found;
  }

  private static boolean isReady(ObjectCursor status) {
    boolean ready = false;
    while (status.next()) {
      if (status.field().equals("conditions")) {
        ready = status.objects(NodeState::isReadyCondition).contains(true);
      }
    }
    return ready;
  }

  private static boolean isReadyCondition(ObjectCursor condition) {
    String type = "";
    String status = "";
    while (condition.next()) {
      switch (condition.field()) {
        case "type" -> type = condition.text("");
        case "status" -> status = condition.text("");
        default -> {}
      }
    }
    return type.equals("Ready") && status.equals("True");
  }
}
