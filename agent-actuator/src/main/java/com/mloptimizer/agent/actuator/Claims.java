package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.journal.Claim;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Records what was admitted in the journal, acknowledges it, and hands it on. Actions of one target
 * are claimed in the order in which they came, those of several targets at once.
 */
final class Claims {
  private static final Logger log = LoggerFactory.getLogger(Claims.class);

  /** The API server answers as many in about the time of one. */
  private static final int PARALLELISM = 8;

  private static final Duration RETRY = Duration.ofSeconds(1);

  private final TargetQueues<Admitted> queues = new TargetQueues<>(PARALLELISM, this::claim);
  private final Journal journal;
  private final InHand inHand;
  private final WaitingRoom room;
  private final Dispatcher dispatcher;
  private final Acknowledgements acknowledgements;
  private final ResultReporter reporter;
  private final InstantSource clock;
  private final StopSignal stop;

  private volatile @Nullable String problem;

  /** A job that is to be claimed, and how it came. */
  private record Admitted(Job job, Delivery delivery) {}

  Claims(
      Journal journal,
      InHand inHand,
      WaitingRoom room,
      Dispatcher dispatcher,
      Acknowledgements acknowledgements,
      ResultReporter reporter,
      InstantSource clock,
      StopSignal stop) {
    this.journal = journal;
    this.inHand = inHand;
    this.room = room;
    this.dispatcher = dispatcher;
    this.acknowledgements = acknowledgements;
    this.reporter = reporter;
    this.clock = clock;
    this.stop = stop;
  }

  /** Begins: what was accepted earlier has been taken up. */
  void start() {
    queues.start();
  }

  /** What kept the latest claim from being written. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Takes an action that was let into the waiting room; returns at once. */
  void submit(Job job, Delivery delivery) {
    inHand.add(job); // At once, so that it can be cancelled; there may be an earlier one.
    queues.submit(job.action().target(), new Admitted(job, delivery));
  }

  /** Claims nothing more; what was not claimed was not acknowledged either. */
  void close(Duration atMost) throws InterruptedException {
    queues.shutdown();
    queues.awaitEnd(atMost);
  }

  private void claim(Admitted admitted) {
    Job job = admitted.job();
    boolean taken = false;
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, job.id().value())) {
      taken = isOurs(job, admitted.delivery()) && tryUntilDecided(job, admitted.delivery());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!taken) {
        room.leave(job);
        inHand.remove(job);
      }
    }
  }

  /** Whether no other delivery of this id is being worked on; answers this one if there is. */
  private boolean isOurs(Job job, Delivery delivery) {
    while (!inHand.has(job) && !inHand.add(job)) {
      Optional<Job> other = inHand.find(job.id());
      if (other.isPresent()) {
        if (other.get().isSameAs(job)) {
          // Of the same target, so that its claim came before this one.
          acknowledgements.duplicate(job.id(), delivery.envelope());
        } else {
          acknowledgements.rejected(job.id(), delivery.envelope(), RejectionReason.ID_CONFLICT);
        }
        return false;
      }
    }
    return true;
  }

  /** Returns whether the action was handed on. */
  private boolean tryUntilDecided(Job job, Delivery delivery) throws InterruptedException {
    while (!isExpired(job, delivery)) {
      switch (tryClaim(job, delivery)) {
        case Claim.Claimed(JournalEntry entry) -> {
          problem = null;
          acknowledgements.accepted(job.id(), delivery.envelope());
          dispatcher.dispatch(job, entry);
          return true;
        }
        case Claim.Duplicate(JournalEntry entry) -> {
          acknowledgements.duplicate(job.id(), delivery.envelope());
          return isLeftBehind(job, entry);
        }
        case Claim.Conflict _ -> {
          acknowledgements.rejected(job.id(), delivery.envelope(), RejectionReason.ID_CONFLICT);
          return false;
        }
        case Claim.Unavailable(var cause, var permanent) -> {
          unavailable(cause);
          if (permanent) {
            acknowledgements.rejected(job.id(), delivery.envelope(), RejectionReason.CAPACITY);
          }
          if (permanent || stop.await(RETRY)) {
            return false;
          }
        }
      }
    }
    return false;
  }

  private Claim tryClaim(Job job, Delivery delivery) {
    try {
      return journal.claim(
          job.action(), delivery.envelope(), delivery.source(), delivery.receivedAt());
    } catch (IOException e) {
      return new Claim.Unavailable(String.valueOf(e.getMessage()), false);
    }
  }

  private void unavailable(String cause) {
    if (!cause.equals(problem)) {
      log.warn("Cannot write the journal: {}", cause);
    }
    problem = cause;
  }

  /**
   * An entry that nobody in this process works on: an earlier claim's answer was lost, or somebody
   * else made it. The envelope at hand was verified and is the same.
   */
  private boolean isLeftBehind(Job job, JournalEntry entry) {
    problem = null;
    if (entry.result() != null) {
      reporter.report(entry.id(), entry.result());
      return false;
    }
    if (entry.isDamaged()) {
      return false; // The next tidying closes it.
    }
    dispatcher.dispatch(job, entry);
    return true;
  }

  /** It may have waited long for the API server; nobody was told that it is accepted. */
  private boolean isExpired(Job job, Delivery delivery) {
    boolean expired =
        clock.instant().isAfter(job.action().expiresAt().plus(ActionParser.CLOCK_SKEW));
    if (expired) {
      log.warn("Refused action: it expired before it could be recorded");
      acknowledgements.rejected(job.id(), delivery.envelope(), RejectionReason.EXPIRED);
      reporter.reportUnrecorded(
          job.id(),
          ActionResult.refused(
              RejectionReason.EXPIRED,
              "expired before it could be recorded in the journal",
              clock.instant()));
    }
    return expired;
  }
}
