package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.Claim;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses what was verified and cannot be carried out, unless its id is that of an accepted action:
 * an envelope that comes again when it has expired is a duplicate like any other, and a result of
 * ours would stand in the way of the action's own. Safe for use by several threads.
 */
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  private final Journal journal;
  private final InHand inHand;
  private final Acknowledgements acknowledgements;
  private final ResultReporter reporter;
  private final InstantSource clock;

  Refusals(
      Journal journal,
      InHand inHand,
      Acknowledgements acknowledgements,
      ResultReporter reporter,
      InstantSource clock) {
    this.journal = journal;
    this.inHand = inHand;
    this.acknowledgements = acknowledgements;
    this.reporter = reporter;
    this.clock = clock;
  }

  /** Looks whether the id is known, and answers. */
  void decide(Refusal refusal) {
    if (isInHand(refusal)) {
      return;
    }
    switch (lookUp(refusal)) {
      case Claim.Duplicate(var entry) -> {
        acknowledgements.known(refusal.id(), refusal.envelope(), true);
        reporter.reportAgain(entry);
      }
      case Claim.Conflict _ -> acknowledgements.known(refusal.id(), refusal.envelope(), false);
      case Claim.Absent _ -> {
        if (!isInHand(refusal)) { // Another envelope of its id may have come meanwhile.
          tell(refusal);
        }
      }
      case Claim.Unavailable(var cause, _) -> {
        log.warn("Cannot look up in the journal what is to be refused: {}", cause);
        acknowledgements.rejected(refusal.id(), refusal.envelope(), RejectionReason.CAPACITY);
      }
      case Claim.Claimed _ -> throw new IllegalStateException("claimed by a look");
    }
  }

  /** Tells twice, so that a backend that only polls learns of it too. */
  void tell(Refusal refusal) {
    log.warn("Refused action: {}: {}", refusal.reason().wireName(), refusal.message());
    acknowledgements.rejected(refusal.id(), refusal.envelope(), refusal.reason());
    reporter.reportUnrecorded(
        refusal.id(), ActionResult.refused(refusal.reason(), refusal.message(), clock.instant()));
  }

  /** Whether this process is busy with an action of the id; answers in that case. */
  private boolean isInHand(Refusal refusal) {
    Optional<Job> other = inHand.find(refusal.id());
    other.ifPresent(job ->
        acknowledgements.known(
            refusal.id(), refusal.envelope(), job.payloadSha256().equals(refusal.payloadSha256())));
    return other.isPresent();
  }

  private Claim lookUp(Refusal refusal) {
    try {
      return journal.lookUp(refusal.id(), refusal.envelope());
    } catch (IOException e) {
      return new Claim.Unavailable(String.valueOf(e.getMessage()), Claim.Trouble.PASSING);
    }
  }
}
