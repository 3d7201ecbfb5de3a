package com.mloptimizer.agent.core.backend;

import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.RegisterAnswer;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import java.util.List;

/**
 * The backend's HTTP calls (protocol section 1). Each makes one attempt, blocks for no longer than
 * the client's call timeout, and answers with a value whatever happens. Safe for use by several
 * threads.
 */
public interface Backend {

  /** {@code POST /agents/register}. */
  BackendAnswer<RegisterAnswer> register(RegisterRequest request);

  /** {@code POST /agents/heartbeat}. */
  BackendAnswer<Nothing> heartbeat(HeartbeatRequest request);

  /** {@code POST /agents/deregister}. */
  BackendAnswer<Nothing> deregister(DeregisterRequest request);

  /**
   * {@code POST /metrics/batch}.
   *
   * @param batch a {@link com.mloptimizer.agent.core.protocol.MetricsBatch}; 409 is done
   * @param idempotencyKey its key
   */
  BackendAnswer<Nothing> sendMetrics(JsonBody batch, String idempotencyKey);

  /** {@code GET /actions/poll}: at most 16 envelopes, none of them verified. */
  BackendAnswer<List<ReceivedEnvelope>> poll(String clusterId, String agentId);

  /** {@code POST /actions/{id}/result}; 409 is done. */
  BackendAnswer<Nothing> sendResult(ResultRequest request);

  /** The body of an answer that has none worth reading. */
  enum Nothing {
    NOTHING
  }
}
