package com.mloptimizer.agent.actuator.handler;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which pods an action set out to evict, by UID, and which of them are gone; for a drain also which
 * node that is. Written down before the first request about them, so that a resumed action knows
 * its own work from what others did, and never takes a pod or a node that came back under its name
 * for the one that was meant.
 *
 * @param earlier the pods that earlier attempts wrote down, by UID
 * @param nodeUid the node that they wrote down; null if none did
 */
record EvictionMemory(Map<String, Entry> earlier, @Nullable String nodeUid, ActionContext context) {
  /** More than a node ever runs; what is beyond is evicted all the same, and not remembered. */
  private static final int MAX_PODS = 1000;

  private static final String PODS = "pods";
  private static final String NODE_UID = "nodeUid";
  private static final Duration RETRY = Duration.ofSeconds(1);

  /**
   * A pod.
   *
   * @param pod {@code namespace/name}
   * @param gone whether an earlier attempt saw it go
   */
  record Entry(String pod, boolean gone) {}

  EvictionMemory {
    earlier = Map.copyOf(earlier);
  }

  static EvictionMemory of(ActionContext context) {
    Map<String, Entry> earlier = new LinkedHashMap<>();
    for (var entry : context.memory().earlier().path(PODS).properties()) {
      earlier.put(
          entry.getKey(),
          new Entry(
              entry.getValue().path("pod").asString(""),
              entry.getValue().path("gone").asBoolean(false)));
    }
    String nodeUid = context.memory().earlier().path(NODE_UID).asString("");
    return new EvictionMemory(earlier, nodeUid.isEmpty() ? null : nodeUid, context);
  }

  /** Whether an earlier attempt set out to evict the pod. */
  boolean hasAskedFor(String uid) {
    return earlier.containsKey(uid);
  }

  /** Writes down which node is about to be drained, before it is touched. */
  void setOutOn(LiveObject node)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (nodeUid == null) {
      writeDown(JsonNodeFactory.instance.objectNode().put(NODE_UID, node.uid()));
    }
  }

  /**
   * Writes down that these are about to be evicted, before anything is asked for; returns when it
   * is saved, since without it the next attempt would take a replacement for the pod that was
   * meant.
   */
  void setOutFor(Collection<LiveObject> pods)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode entries = patch.putObject(PODS);
    List<LiveObject> fresh = pods.stream().filter(pod -> !hasAskedFor(pod.uid())).toList();
    fresh.stream()
        .limit(Math.max(0, MAX_PODS - earlier.size()))
        .forEach(pod -> entries.putObject(pod.uid()).put("pod", DrainPlan.key(pod)));
    if (!entries.isEmpty()) {
      writeDown(patch);
    }
  }

  private void writeDown(ObjectNode patch)
      throws ActionEndedException, SuspendedException, InterruptedException {
    context.memory().remember(patch);
    while (!context.memory().save()) {
      context.pause(RETRY, "the journal, which cannot be written");
    }
  }

  /** Notes that a pod is gone. */
  void gone(LiveObject pod) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject(PODS).putObject(pod.uid()).put("pod", DrainPlan.key(pod)).put("gone", true);
    context.memory().remember(patch);
    context.memory().saveIfDue();
  }
}
