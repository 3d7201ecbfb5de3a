package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.Claim;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionParsing;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.protocol.AgentFrame.AckStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the journal: claims what was admitted, takes up what an earlier process left, and clears
 * away what is old.
 */
final class JournalDesk {
  private static final Logger log = LoggerFactory.getLogger(JournalDesk.class);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration CLAIM_RETRY = Duration.ofSeconds(1);
  private static final Duration CLEARING = Duration.ofHours(1);

  private final ActuatorSettings settings;
  private final Journal journal;
  private final Admission admission;
  private final TargetQueues queues;
  private final ActionRunner runner;
  private final ResultReporter reporter;
  private final EnvelopeVerifier verifier;
  private final ActionParser parser;
  private final InstantSource clock;
  private final StopSignal stop;

  /** What this process has in its queues, so that a restarted loop does not take it up again. */
  private final Set<ActionId> inHand = ConcurrentHashMap.newKeySet();

  private volatile @Nullable String missing = "the journal was not read yet";
  private Instant nextClearing = Instant.MIN;

  JournalDesk(
      ActuatorSettings settings,
      Journal journal,
      Admission admission,
      TargetQueues queues,
      ActionRunner runner,
      ResultReporter reporter,
      EnvelopeVerifier verifier,
      InstantSource clock,
      StopSignal stop) {
    this.settings = settings;
    this.journal = journal;
    this.admission = admission;
    this.queues = queues;
    this.runner = runner;
    this.reporter = reporter;
    this.verifier = verifier;
    this.parser = new ActionParser(settings.identity().clusterId(), settings.maxActionTtl());
    this.clock = clock;
    this.stop = stop;
  }

  /** What keeps the journal from being used. */
  Optional<String> missing() {
    return Optional.ofNullable(missing);
  }

  /** Reads the journal, as soon as that works, and takes up what is in it. */
  void open(ComponentHealth health) throws InterruptedException {
    while (!stop.isRequested()) {
      Optional<String> problem = takeUpAll();
      if (problem.isEmpty()) {
        missing = null;
        return;
      }
      if (!problem.get().equals(missing)) {
        log.warn("No action can be accepted: {}", problem.get());
      }
      missing = problem.get();
      health.failed(problem.get());
      stop.await(RETRY);
    }
  }

  /** Claims what was admitted, one after the other, until it is interrupted. */
  void claimAll() throws InterruptedException {
    while (true) {
      claim(admission.take());
    }
  }

  /** Takes up results that found no room before, and now and then forgets what is old. */
  void sweep() throws InterruptedException {
    boolean clear = clock.instant().isAfter(nextClearing);
    if (!clear && !reporter.hasOverflowed()) {
      return;
    }
    try {
      for (JournalEntry entry : journal.entries()) {
        if (isOld(entry)) {
          journal.delete(entry.id());
        } else if (entry.result() != null && !entry.reported()) {
          reporter.report(entry.id(), entry.result(), true);
        }
      }
      nextClearing = clock.instant().plus(CLEARING);
    } catch (IOException e) {
      log.warn("Cannot clear the journal, trying again later: {}", e.getMessage());
    }
  }

  /** Finished, known to the backend, past its retention, and too old to be accepted again. */
  private boolean isOld(JournalEntry entry) {
    @Nullable ActionResult result = entry.result();
    if (result == null || !entry.reported()) {
      return false;
    }
    Duration acceptable = settings.maxActionTtl().plus(ActionParser.CLOCK_SKEW.multipliedBy(2));
    Instant now = clock.instant();
    return result.finishedAt().plus(settings.retention()).isBefore(now)
        && entry.claimedAt().plus(acceptable).isBefore(now);
  }

  private Optional<String> takeUpAll() throws InterruptedException {
    try {
      Optional<String> problem = journal.missing();
      if (problem.isEmpty()) {
        for (JournalEntry entry : journal.entries()) {
          takeUp(entry);
        }
      }
      return problem;
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private void takeUp(JournalEntry entry) throws InterruptedException {
    if (entry.result() != null) {
      if (!entry.reported()) {
        reporter.report(entry.id(), entry.result(), true);
      }
      return;
    }
    if (entry.phase() == Phase.FINISHED || inHand.contains(entry.id())) {
      return;
    }
    // Whoever may create objects here is not thereby the backend: the signature decides, and
    // whether
    // the action was valid when the API server created the object.
    ActionParsing parsing =
        switch (verifier.verify(entry.envelope(), PayloadType.ACTION)) {
          case Verification.Rejected(var reason, var message) ->
              new ActionParsing.Rejected(entry.id(), reason, message);
          case Verification.Verified verified ->
              parser.parse(verified.payload(), InstantSource.fixed(entry.claimedAt()));
        };
    switch (parsing) {
      case ActionParsing.Accepted(Action action) when action.id().equals(entry.id()) ->
          enqueue(entry, action);
      case ActionParsing.Accepted _ ->
          refuse(entry, RejectionReason.ID_CONFLICT, "its envelope is another action's");
      case ActionParsing.Rejected(_, var reason, var message) -> refuse(entry, reason, message);
    }
  }

  private void refuse(JournalEntry entry, RejectionReason reason, String message) {
    log.warn("Refused to resume action {}: {}", entry.id(), message);
    ActionResult result = ActionResult.refused(reason, message, clock.instant());
    try {
      journal.finished(entry.id(), result);
      reporter.report(entry.id(), result, true);
    } catch (IOException e) {
      log.warn("Cannot close action {} in the journal: {}", entry.id(), e.getMessage());
    }
  }

  private void claim(AdmittedAction admitted) throws InterruptedException {
    Action action = admitted.action();
    while (true) {
      switch (tryClaim(admitted)) {
        case Claim.Claimed(JournalEntry entry) -> {
          missing = null;
          admission.acknowledge(action.id(), admitted.envelope(), AckStatus.ACCEPTED, null);
          enqueue(entry, action);
          return;
        }
        case Claim.Duplicate(JournalEntry entry) -> {
          admission.acknowledge(action.id(), admitted.envelope(), AckStatus.DUPLICATE, null);
          if (entry.result() != null) {
            reporter.report(entry.id(), entry.result(), true);
          }
          return;
        }
        case Claim.Conflict _ -> {
          admission.reject(action.id(), admitted.envelope(), RejectionReason.ID_CONFLICT);
          return;
        }
        case Claim.Unavailable(var cause, var permanent) -> {
          if (!cause.equals(missing)) {
            log.warn("Cannot write the journal: {}", cause);
          }
          missing = cause;
          if (permanent) {
            admission.reject(action.id(), admitted.envelope(), RejectionReason.CAPACITY);
            return;
          }
          if (stop.await(CLAIM_RETRY)) {
            return;
          }
        }
      }
    }
  }

  private Claim tryClaim(AdmittedAction admitted) {
    try {
      return journal.claim(admitted.action(), admitted.envelope(), admitted.source());
    } catch (IOException e) {
      return new Claim.Unavailable(String.valueOf(e.getMessage()), false);
    }
  }

  private void enqueue(JournalEntry entry, Action action) throws InterruptedException {
    inHand.add(entry.id());
    queues.submit(
        action.target(),
        () -> {
          try {
            runner.run(entry, action);
          } finally {
            inHand.remove(entry.id());
          }
        });
  }
}
