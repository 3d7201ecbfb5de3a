package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionAck;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import org.jspecify.annotations.Nullable;

/** Says what became of each envelope. Safe for use by several threads. */
final class Acknowledgements {
  private final AgentOutbox outbox;
  private final ActuatorMetrics metrics;

  Acknowledgements(AgentOutbox outbox, ActuatorMetrics metrics) {
    this.outbox = outbox;
    this.metrics = metrics;
  }

  /** It is recorded durably. */
  void accepted(ActionId id, ReceivedEnvelope envelope) {
    outbox.send(new ActionAck(id, AckStatus.ACCEPTED, null, envelope.sha256()));
  }

  /**
   * Its id was recorded before.
   *
   * @param same whether for the very same payload
   */
  void known(ActionId id, ReceivedEnvelope envelope, boolean same) {
    if (same) {
      outbox.send(new ActionAck(id, AckStatus.DUPLICATE, null, envelope.sha256()));
    } else {
      rejected(id, envelope, RejectionReason.ID_CONFLICT);
    }
  }

  /** It was not taken; without an id if the envelope is not to be believed. */
  void rejected(@Nullable ActionId id, ReceivedEnvelope envelope, RejectionReason reason) {
    metrics.rejected(reason);
    outbox.send(new ActionAck(id, AckStatus.REJECTED, reason.wireName(), envelope.sha256()));
  }
}
