package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionParsing;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionAck;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate: whatever comes in is verified, parsed and either refused on the spot or put into a
 * bounded queue. Costs the caller a few hashes and nothing else, so a storm of envelopes, valid or
 * not, fills no memory and stalls no thread.
 */
final class Admission implements ActionInbox {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  private final EnvelopeVerifier verifier;
  private final ActionParser parser;
  private final InstantSource clock;
  private final AgentOutbox outbox;
  private final ResultReporter reporter;
  private final ActuatorMetrics metrics;
  private final RefusalLog refusals = new RefusalLog(log);
  private final BlockingQueue<AdmittedAction> admitted;
  private volatile boolean closed;

  Admission(
      ActuatorSettings settings,
      EnvelopeVerifier verifier,
      InstantSource clock,
      AgentOutbox outbox,
      ResultReporter reporter,
      ActuatorMetrics metrics) {
    this.verifier = verifier;
    this.parser = new ActionParser(settings.identity().clusterId(), settings.maxActionTtl());
    this.clock = clock;
    this.outbox = outbox;
    this.reporter = reporter;
    this.metrics = metrics;
    this.admitted = new ArrayBlockingQueue<>(settings.queueCapacity());
  }

  /** Takes nothing more; the backend sends again what was not acknowledged. */
  void close() {
    closed = true;
  }

  /** The next action to claim. */
  AdmittedAction take() throws InterruptedException {
    return admitted.take();
  }

  @Override
  public void submit(ReceivedEnvelope envelope, Source source) {
    if (closed) {
      return;
    }
    switch (verifier.verify(envelope, PayloadType.ACTION)) {
      case Verification.Rejected(var reason, var message) -> {
        refusals.refused(envelope, reason, message);
        reject(null, envelope, reason);
      }
      case Verification.Verified verified -> {
        switch (parser.parse(verified.payload(), clock)) {
          case ActionParsing.Rejected(var id, var reason, var message) ->
              refuse(id, envelope, reason, message);
          case ActionParsing.Accepted(Action action) ->
              enqueue(new AdmittedAction(action, envelope, source));
        }
      }
    }
  }

  /**
   * The action is not ours to decide about, for a reason that leaves an earlier one's result alone.
   */
  void reject(@Nullable ActionId id, ReceivedEnvelope envelope, RejectionReason reason) {
    metrics.rejected(reason);
    acknowledge(id, envelope, AckStatus.REJECTED, reason);
  }

  void acknowledge(
      @Nullable ActionId id,
      ReceivedEnvelope envelope,
      AckStatus status,
      @Nullable RejectionReason reason) {
    outbox.send(
        new ActionAck(id, status, reason == null ? null : reason.wireName(), envelope.sha256()));
  }

  /** Tells twice, so that a backend that only polls learns of it too. */
  private void refuse(
      @Nullable ActionId id, ReceivedEnvelope envelope, RejectionReason reason, String message) {
    log.warn("Refused action {}: {}: {}", id == null ? envelope : id, reason.wireName(), message);
    reject(id, envelope, reason);
    if (id != null) {
      reporter.report(id, ActionResult.refused(reason, message, clock.instant()), false);
    }
  }

  private void enqueue(AdmittedAction action) {
    if (!admitted.offer(action)) {
      reject(action.action().id(), action.envelope(), RejectionReason.CAPACITY);
    }
  }
}
