package com.mloptimizer.agent.actuator.guardrail;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What the guardrails hold an action to while it runs, and what they keep for it until it has
 * ended: its place among the drains, its share of the unavailable nodes. Safe for use by several
 * threads.
 */
public interface ActionPermit extends AutoCloseable {

  /** Lines up for one eviction that is not a dry run. */
  EvictionTurn evictionTurn();

  /** What forbids evicting this pod, which is not the action's own target. */
  Optional<Violation> protecting(JsonNode pod);

  /**
   * What forbids a taint that has this pod deleted. As for an eviction; and the agent's own pods,
   * which a drain evicts last of all and within their budget, are protected, too.
   */
  Optional<Violation> protectingFromTaint(JsonNode pod);

  /** The action has ended; again does nothing. */
  @Override
  void close();

  /** Holds to nothing. */
  static ActionPermit unlimited() {
    return new ActionPermit() {
      @Override
      public EvictionTurn evictionTurn() {
        return new EvictionTurn() {
          @Override
          public Optional<Duration> poll() {
            return Optional.empty();
          }

          @Override
          public void sent() {}

          @Override
          public void answered(boolean accepted) {}

          @Override
          public void close() {}
        };
      }

      @Override
      public Optional<Violation> protecting(JsonNode pod) {
        return Optional.empty();
      }

      @Override
      public Optional<Violation> protectingFromTaint(JsonNode pod) {
        return Optional.empty();
      }

      @Override
      public void close() {}
    };
  }
}
