package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.actuator.guardrail.Violation;
import com.mloptimizer.agent.core.action.ActionParameters.Taint;
import com.mloptimizer.agent.core.action.ActionParameters.TaintNode;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code taint_node}: sets taints, or removes them. The API has the list as one value, so all of it
 * is written, on condition that nobody changed the node meanwhile. A taint is known by key and
 * effect, whatever its value.
 */
final class TaintHandler implements ActionHandler<TaintNode> {
  private static final String NO_EXECUTE = "NoExecute";

  private final KubernetesClient kubernetes;

  TaintHandler(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  @Override
  public Conclusion handle(TaintNode parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    return new Edit(
            ResourcePath.core("nodes").name(parameters.nodeName()),
            "node " + parameters.nodeName(),
            calls,
            context)
        .carryOut(
            null,
            node -> guarded(decide(parameters, node), parameters, node, calls, context.permit()));
  }

  /**
   * What the node controller deletes because of a taint, it deletes for this agent: what a
   * guardrail protects from a drain, it protects from that, too.
   */
  private static Decision guarded(
      Decision decision,
      TaintNode parameters,
      LiveObject node,
      ClusterCalls calls,
      ActionPermit permit)
      throws ActionEndedException, SuspendedException, InterruptedException {
    List<Taint> evicting = newNoExecute(parameters, node);
    if (decision instanceof Decision.End || evicting.isEmpty()) {
      return decision;
    }
    List<LiveObject> pods =
        calls
            .list(
                ResourcePath.core("pods"),
                ListOptions.all().withFields("spec.nodeName=" + node.name()))
            .orElse(List.of());
    List<String> violations =
        deleted(pods, evicting).stream()
            .flatMap(pod -> permit.protectingFromTaint(pod.json()).stream())
            .map(Violation::toString)
            .sorted()
            .toList();
    return violations.isEmpty()
        ? decision
        : new Decision.End(
            Conclusion.refused(
                RejectionReason.NOT_PERMITTED,
                "not tainting node %s, which would delete pods: %s"
                    .formatted(node.name(), String.join("; ", violations))));
  }

  /** The taints with {@code NoExecute} that the node has not yet. */
  private static List<Taint> newNoExecute(TaintNode parameters, LiveObject node) {
    if (parameters.remove()) {
      return List.of();
    }
    Set<String> present =
        node.spec()
            .path("taints")
            .valueStream()
            .map(TaintHandler::text)
            .collect(Collectors.toSet());
    return parameters.taints().stream()
        .filter(taint -> taint.effect().equals(NO_EXECUTE) && !present.contains(text(json(taint))))
        .toList();
  }

  /** The pods that do not tolerate these taints for good. */
  static List<LiveObject> deleted(List<LiveObject> pods, List<Taint> taints) {
    return pods.stream()
        .filter(pod -> !pod.isTerminating())
        .filter(pod -> !taints.stream().allMatch(taint -> isToleratedForGood(taint, pod)))
        .toList();
  }

  private static boolean isToleratedForGood(Taint taint, LiveObject pod) {
    List<Toleration> matching =
        Toleration.of(pod).stream()
            .filter(toleration -> toleration.matches(taint.key(), taint.value(), taint.effect()))
            .toList();
    return !matching.isEmpty() && matching.stream().allMatch(Toleration::forGood);
  }

  static Decision decide(TaintNode parameters, LiveObject node) {
    Set<String> named = new HashSet<>();
    for (Taint taint : parameters.taints()) {
      if (!named.add(id(taint.key(), taint.effect()))) {
        return new Decision.End(
            Conclusion.invalid(
                "parameter 'taints' has %s:%s twice".formatted(taint.key(), taint.effect())));
      }
    }
    List<JsonNode> before = new ArrayList<>();
    node.spec().path("taints").forEach(before::add);
    List<JsonNode> after =
        parameters.remove() ? without(before, named) : with(before, parameters.taints());
    if (after.equals(before)) {
      return new Decision.End(
          Conclusion.of(Outcome.NO_CHANGE, "taints of node " + node.name() + " are so already"));
    }
    if (!newNoExecute(parameters, node).isEmpty() && !parameters.allowNoExecute()) {
      return new Decision.End(
          Conclusion.unsafe(
              "a NoExecute taint on node %s deletes pods past their disruption budgets;"
                      .formatted(node.name())
                  + " allow_no_execute permits it"));
    }
    List<String> changed =
        parameters.remove() ? difference(before, after) : difference(after, before);
    return write(node, before, after, changed);
  }

  private static Decision write(
      LiveObject node, List<JsonNode> before, List<JsonNode> after, List<String> changed) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    node.bind(patch);
    ObjectNode spec = patch.putObject("spec");
    if (after.isEmpty()) {
      spec.putNull("taints");
    } else {
      spec.putArray("taints").addAll(after);
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    describe(before, details.putArray("before"));
    describe(after, details.putArray("after"));
    String names = String.join(", ", changed);
    return new Decision.Write(
        ApiRequest.mergePatch(ResourcePath.core("nodes").name(node.name()), patch),
        "taints would change on node " + node.name() + ": " + names,
        "changed taints of node " + node.name() + ": " + names,
        details);
  }

  /** Other taints keep their place and all of their fields. */
  private static List<JsonNode> with(List<JsonNode> before, List<Taint> taints) {
    List<JsonNode> after = new ArrayList<>(before);
    for (Taint taint : taints) {
      int place = 0;
      while (place < after.size()
          && !id(after.get(place)).equals(id(taint.key(), taint.effect()))) {
        place++;
      }
      if (place == after.size()) {
        after.add(json(taint));
      } else if (!after.get(place).path("value").asString("").equals(taint.value())) {
        after.set(place, json(taint));
      }
    }
    return after;
  }

  private static List<JsonNode> without(List<JsonNode> before, Set<String> named) {
    return before.stream().filter(taint -> !named.contains(id(taint))).toList();
  }

  /** Those of the first list that the second has not, as {@code key=value:effect}. */
  private static List<String> difference(List<JsonNode> first, List<JsonNode> second) {
    return first.stream().filter(taint -> !second.contains(taint)).map(TaintHandler::text).toList();
  }

  private static JsonNode json(Taint taint) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("key", taint.key());
    if (!taint.value().isEmpty()) {
      json.put("value", taint.value());
    }
    return json.put("effect", taint.effect());
  }

  private static void describe(List<JsonNode> taints, ArrayNode into) {
    taints.forEach(taint -> into.add(text(taint)));
  }

  /** As kubectl writes it. */
  private static String text(JsonNode taint) {
    String value = taint.path("value").asString("");
    return taint.path("key").asString("")
        + (value.isEmpty() ? "" : "=" + value)
        + ":"
        + taint.path("effect").asString("");
  }

  private static String id(JsonNode taint) {
    return id(taint.path("key").asString(""), taint.path("effect").asString(""));
  }

  private static String id(String key, String effect) {
    return key + ":" + effect;
  }
}
