package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.config.NodeLimit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Keeps actions from taking more than so many nodes out of service. What running actions are about
 * to take counts as taken. Safe for use by several threads.
 *
 * <p>A list of nodes is a thing of the past: an action that ended after the list was read is
 * neither in it nor among the running ones. Therefore the list is only believed if no reservation
 * ended since {@link #version} was asked for.
 */
final class NodeCeiling {
  private final NodeLimit limit;

  // Guarded by this.
  private final Map<ActionId, String> reserved = new HashMap<>();
  private long version;

  NodeCeiling(NodeLimit limit) {
    this.limit = limit;
  }

  /** To be asked for before the nodes are listed. */
  synchronized long version() {
    return version;
  }

  /** What became of an attempt to reserve. */
  sealed interface Attempt {
    /** It counts from now on, until it is released. */
    record Reserved() implements Attempt {}

    record Exceeded(Violation violation) implements Attempt {}

    /** The list is too old: list again. */
    record Outdated() implements Attempt {}
  }

  /** Reserves for an action that makes the node unavailable. */
  synchronized Attempt reserve(
      ActionId action, String node, List<NodeState> nodes, long listedAtVersion) {
    if (listedAtVersion != version) {
      return new Attempt.Outdated();
    }
    Optional<Violation> violation = exceeding(node, nodes);
    if (violation.isPresent()) {
      return new Attempt.Exceeded(violation.get());
    }
    reserved.put(action, node);
    return new Attempt.Reserved();
  }

  /** What an attempt to reserve would run into. */
  synchronized Optional<Violation> exceeding(String node, List<NodeState> nodes) {
    Set<String> unavailable = new TreeSet<>(reserved.values());
    nodes.stream()
        .filter(state -> !state.isAvailable())
        .map(NodeState::name)
        .forEach(unavailable::add);
    int most = limit.of(nodes.size());
    if (unavailable.contains(node) || unavailable.size() < most) {
      return Optional.empty();
    }
    return Optional.of(
        new Violation(
            GuardrailRule.MAX_UNAVAILABLE_NODES,
            "%d of %d nodes are unavailable or about to be (%s), the limit is %s"
                .formatted(unavailable.size(), nodes.size(), some(unavailable), shown(most))));
  }

  /** The action has ended; again does nothing. */
  synchronized void release(ActionId action) {
    if (reserved.remove(action) != null) {
      version++;
    }
  }

  private String shown(int most) {
    return limit.toString().equals(Integer.toString(most))
        ? limit.toString()
        : limit + " = " + most;
  }

  private static String some(Set<String> names) {
    int shown = 5;
    String some = names.stream().limit(shown).collect(Collectors.joining(", "));
    if (names.isEmpty()) {
      return "none";
    }
    return names.size() <= shown ? some : some + " and " + (names.size() - shown) + " more";
  }
}
