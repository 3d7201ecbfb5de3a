package com.mloptimizer.agent.actuator.guardrail;

import java.time.Duration;
import java.util.Optional;

/**
 * One caller's place in the line for evictions, of which there may be only so many in a minute. Ask
 * {@link #poll} right before the request, tell {@link #answered} right after it; what was not
 * accepted costs nothing, and the next {@link #poll} lines up anew. Used by one thread.
 */
public interface EvictionTurn extends AutoCloseable {

  /** Empty if it is this caller's turn; else how long to wait before asking again. */
  Optional<Duration> poll();

  /**
   * What became of the request that was sent in turn.
   *
   * @param accepted whether the API server took it: then it counts
   */
  void answered(boolean accepted);

  /** Leaves the line. A request that was sent and has no answer counts as accepted. */
  @Override
  void close();
}
