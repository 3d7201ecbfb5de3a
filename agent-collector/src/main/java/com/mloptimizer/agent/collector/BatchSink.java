package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.JsonBody;

/** Where batches go; in the agent {@code backend::sendMetrics}. */
@FunctionalInterface
public interface BatchSink {

  /**
   * Makes one attempt, bounded in time.
   *
   * @param batch a MetricsBatch
   * @param idempotencyKey by which the backend knows a repetition
   */
  BackendAnswer<Backend.Nothing> send(JsonBody batch, String idempotencyKey);
}
