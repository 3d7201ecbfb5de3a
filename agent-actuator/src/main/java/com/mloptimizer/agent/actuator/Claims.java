package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.journal.Claim;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.action.Target;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Records what was admitted in the journal, acknowledges it, and hands it on. Actions of one target
 * are claimed in the order in which they came, those of several targets at once. What is to be
 * refused comes the same way: an earlier delivery of its id has been decided about by then.
 */
final class Claims {
  private static final Logger log = LoggerFactory.getLogger(Claims.class);

  /** The API server answers as many in about the time of one. */
  private static final int PARALLELISM = 8;

  private static final Duration RETRY = Duration.ofSeconds(1);

  private final TargetQueues<Runnable> queues = new TargetQueues<>(PARALLELISM, Runnable::run);
  private final Journal journal;
  private final InHand inHand;
  private final WaitingRoom room;
  private final Dispatcher dispatcher;
  private final Acknowledgements acknowledgements;
  private final Refusals refusals;
  private final ResultReporter reporter;
  private final InstantSource clock;
  private final StopSignal stop;

  private final ClaimProblem problem = new ClaimProblem(Ticker.system());

  Claims(
      Journal journal,
      InHand inHand,
      WaitingRoom room,
      Dispatcher dispatcher,
      Acknowledgements acknowledgements,
      Refusals refusals,
      ResultReporter reporter,
      InstantSource clock,
      StopSignal stop) {
    this.journal = journal;
    this.inHand = inHand;
    this.room = room;
    this.dispatcher = dispatcher;
    this.acknowledgements = acknowledgements;
    this.refusals = refusals;
    this.reporter = reporter;
    this.clock = clock;
    this.stop = stop;
  }

  /** Begins: what was accepted earlier has been taken up. */
  void start() {
    queues.start();
  }

  /** What keeps claims from being written, as far as the latest ones tell. */
  Optional<String> problem() {
    return problem.current();
  }

  /** Takes an action that was let into the waiting room; returns at once. */
  void submit(Job job, Delivery delivery) {
    inHand.add(job); // At once, so that it can be cancelled; there may be an earlier one.
    queues.submit(job.action().target(), () -> claim(job, delivery));
  }

  /** Takes what was let into the waiting room to be refused; returns at once. */
  void submit(Refusal refusal) {
    Target target =
        inHand
            .find(refusal.id())
            .map(job -> job.action().target())
            .orElseGet(() -> Target.action(refusal.id()));
    queues.submit(target, () -> refuse(refusal));
  }

  /** Claims nothing more; what was not claimed was not acknowledged either. */
  void close(Duration atMost) throws InterruptedException {
    queues.shutdown();
    queues.awaitEnd(atMost);
  }

  private void refuse(Refusal refusal) {
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, refusal.id().value())) {
      refusals.decide(refusal);
    } finally {
      room.leaveRefused();
    }
  }

  private void claim(Job job, Delivery delivery) {
    boolean taken = false;
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, job.id().value())) {
      taken = isOurs(job, delivery) && tryUntilDecided(job, delivery);
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
        // If it is the same it is of the same target, so that its claim came before this one.
        boolean same = other.get().payloadSha256().equals(job.payloadSha256());
        acknowledgements.known(job.id(), delivery.envelope(), same);
        return false;
      }
    }
    return true;
  }

  /**
   * Returns whether the action was handed on. Once it has expired it is claimed no more; but an
   * earlier claim may have been made and its answer lost, and only a look at the journal can tell.
   */
  private boolean tryUntilDecided(Job job, Delivery delivery) throws InterruptedException {
    while (true) {
      switch (tryClaim(job, delivery)) {
        case Claim.Claimed(JournalEntry entry) -> {
          problem.none();
          acknowledgements.accepted(job.id(), delivery.envelope());
          dispatcher.dispatch(job, entry);
          return true;
        }
        case Claim.Duplicate(JournalEntry entry) -> {
          acknowledgements.known(job.id(), delivery.envelope(), true);
          return isLeftBehind(job, entry);
        }
        case Claim.Conflict _ -> {
          problem.none();
          acknowledgements.known(job.id(), delivery.envelope(), false);
          return false;
        }
        case Claim.Absent _ -> {
          problem.none();
          refusals.tell(expired(job, delivery));
          return false;
        }
        case Claim.Unavailable(var cause, var trouble) -> {
          if (isGivenUp(cause, trouble)) {
            acknowledgements.rejected(job.id(), delivery.envelope(), RejectionReason.CAPACITY);
            return false;
          }
          if (stop.await(RETRY)) {
            return false;
          }
        }
      }
    }
  }

  private boolean isGivenUp(String cause, Claim.Trouble trouble) {
    if (trouble == Claim.Trouble.OBJECT) {
      log.warn("The journal does not take this action: {}", cause);
    } else {
      problem.is(cause);
    }
    return trouble != Claim.Trouble.PASSING;
  }

  private Claim tryClaim(Job job, Delivery delivery) {
    try {
      return isExpired(job)
          ? journal.lookUp(job.id(), delivery.envelope())
          : journal.claim(
              job.action(), delivery.envelope(), delivery.source(), delivery.receivedAt());
    } catch (IOException e) {
      return new Claim.Unavailable(String.valueOf(e.getMessage()), Claim.Trouble.PASSING);
    }
  }

  /**
   * An entry that nobody in this process works on: an earlier claim's answer was lost, or somebody
   * else made it. The envelope at hand was verified and is the same.
   */
  private boolean isLeftBehind(Job job, JournalEntry entry) {
    problem.none();
    if (entry.isFinished()) {
      reporter.reportAgain(entry);
      return false;
    }
    if (entry.isDamaged()) {
      return false; // The next tidying closes it.
    }
    dispatcher.dispatch(job, entry);
    return true;
  }

  /** It may have waited long for the API server. */
  private boolean isExpired(Job job) {
    return clock.instant().isAfter(job.action().expiresAt().plus(ActionParser.CLOCK_SKEW));
  }

  private static Refusal expired(Job job, Delivery delivery) {
    return new Refusal(
        job.id(),
        job.payloadSha256(),
        RejectionReason.EXPIRED,
        "expired before it could be recorded in the journal",
        delivery.envelope());
  }
}
