package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What became of each pod of a drain. Safe for use by several threads. */
final class DrainReport {
  private final Map<String, EvictionEnd> ends = new ConcurrentSkipListMap<>();
  private final Map<String, String> skipped = new ConcurrentSkipListMap<>();

  void skipped(Map<String, String> pods) {
    skipped.putAll(pods);
  }

  void ended(LiveObject pod, EvictionEnd end) {
    ends.put(DrainPlan.key(pod), end);
  }

  boolean knows(LiveObject pod) {
    return ends.containsKey(DrainPlan.key(pod));
  }

  int count(Outcome outcome) {
    return (int) ends.values().stream().filter(end -> end.outcome() == outcome).count();
  }

  int skipped() {
    return skipped.size();
  }

  /** How the drain ends: with the worst that happened to one of its pods. */
  Outcome outcome(boolean changedAnything) {
    if (count(Outcome.FAILED) > 0) {
      return Outcome.FAILED;
    }
    if (count(Outcome.BLOCKED) > 0) {
      return Outcome.BLOCKED;
    }
    if (count(Outcome.TIMED_OUT) > 0) {
      return Outcome.TIMED_OUT;
    }
    return changedAnything || count(Outcome.CHANGED) > 0 ? Outcome.CHANGED : Outcome.NO_CHANGE;
  }

  ObjectNode details() {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    ArrayNode pods = details.putArray("pods");
    ends.forEach((name, end) -> {
      ObjectNode pod = pods.addObject();
      pod.put("pod", name).put("outcome", end.outcome().wireName());
      pod.put("message", end.message());
      if (end instanceof EvictionEnd.Blocked blocked) {
        blocked.budgets().forEach(pod.putArray("disruption_budgets")::add);
      }
    });
    skipped.forEach((name, reason) ->
        pods.addObject().put("pod", name).put("outcome", "skipped").put("message", reason));
    return details;
  }
}
