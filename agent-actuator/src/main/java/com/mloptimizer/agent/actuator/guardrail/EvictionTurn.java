package com.mloptimizer.agent.actuator.guardrail;

import java.time.Duration;
import java.util.Optional;

/**
 * One caller's place in the line for evictions, of which there may be only so many in a minute. Ask
 * {@link #poll} before the request, tell {@link #sent} and {@link #answered} right before and after
 * it; what was not accepted costs nothing, and the next {@link #poll} lines up anew. Used by one
 * thread.
 */
public interface EvictionTurn extends AutoCloseable {

  /** Empty if it is this caller's turn; else how long to wait before asking again. */
  Optional<Duration> poll();

  /** The request is sent now: it counts, unless an answer says otherwise. */
  void sent();

  /**
   * What became of the request that was sent in turn.
   *
   * @param accepted whether the API server took it: then it counts
   */
  void answered(boolean accepted);

  /**
   * Leaves the line. A request that was sent and has no answer counts as accepted, a turn that was
   * not used does not count.
   */
  @Override
  void close();
}
