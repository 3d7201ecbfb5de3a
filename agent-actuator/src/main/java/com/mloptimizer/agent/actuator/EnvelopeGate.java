package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionParsing;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate: whatever comes in is verified, parsed and let into the bounded waiting room, be it to
 * be carried out or to be refused. Costs the caller a few hashes and nothing else, so a storm of
 * envelopes, valid or not, fills no memory and stalls no thread.
 */
final class EnvelopeGate implements ActionInbox {
  private static final Logger log = LoggerFactory.getLogger(EnvelopeGate.class);

  private final EnvelopeVerifier verifier;
  private final ActionParser parser;
  private final WaitingRoom room;
  private final Claims claims;
  private final Acknowledgements acknowledgements;
  private final ResultReporter reporter;
  private final InstantSource clock;
  private final RefusalLog refusals = new RefusalLog(log);
  private volatile boolean closed;

  EnvelopeGate(
      ActuatorSettings settings,
      EnvelopeVerifier verifier,
      WaitingRoom room,
      Claims claims,
      Acknowledgements acknowledgements,
      ResultReporter reporter,
      InstantSource clock) {
    this.verifier = verifier;
    this.parser = new ActionParser(settings.identity().clusterId(), settings.maxActionTtl());
    this.room = room;
    this.claims = claims;
    this.acknowledgements = acknowledgements;
    this.reporter = reporter;
    this.clock = clock;
  }

  /** Takes nothing more; the backend sends again what was not acknowledged. */
  void close() {
    closed = true;
  }

  @Override
  public void submit(ReceivedEnvelope envelope, Source source) {
    if (closed) {
      return;
    }
    switch (verifier.verify(envelope, PayloadType.ACTION)) {
      case Verification.Rejected(var reason, var message) -> {
        refusals.refused(envelope, reason, message);
        acknowledgements.rejected(null, envelope, reason);
      }
      case Verification.Verified verified -> parse(verified.payload(), envelope, source);
    }
  }

  private void parse(byte[] payload, ReceivedEnvelope envelope, Source source) {
    switch (parser.parse(payload, clock)) {
      case ActionParsing.Rejected(@Nullable ActionId id, var reason, var message) -> {
        if (id == null) {
          log.warn("Refused {}: {}: {}", envelope, reason.wireName(), message);
          acknowledgements.rejected(null, envelope, reason);
        } else {
          refuse(new Refusal(id, Job.sha256Of(payload), reason, message, envelope));
        }
      }
      case ActionParsing.Accepted(Action action) ->
          admit(new Job(action, payload), new Delivery(envelope, source, clock.instant()));
    }
  }

  /** The id may be that of an action that was accepted: then this is no news of it. */
  private void refuse(Refusal refusal) {
    if (room.enterToBeRefused()) {
      claims.submit(refusal);
    } else {
      acknowledgements.rejected(refusal.id(), refusal.envelope(), RejectionReason.CAPACITY);
    }
  }

  /** Too many results that the backend does not take are no time to make more of them. */
  private void admit(Job job, Delivery delivery) {
    if ((reporter.isSwamped() && !job.isCancel()) || !room.enter(job)) {
      acknowledgements.rejected(job.id(), delivery.envelope(), RejectionReason.CAPACITY);
      return;
    }
    claims.submit(job, delivery);
  }
}
