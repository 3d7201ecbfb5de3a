package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.handler.Conclusion;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.JournalRefusedException;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionParsing;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Goes through the journal: takes up what an earlier process left and results that nobody told the
 * backend yet, and deletes what is old.
 */
final class JournalDesk {
  private static final Logger log = LoggerFactory.getLogger(JournalDesk.class);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration ROUND = Duration.ofSeconds(1);

  /** A cancel takes a few requests, unless the API server is away. */
  private static final Duration CANCEL_TIME = Duration.ofSeconds(5);

  private static final Duration CANCEL_ROUND = Duration.ofMillis(20);

  private static final String LEFT = "Actions are left in the journal as they are";

  /** So many deletions may fail before the rest is left for another time. */
  private static final int MAX_FAILURES = 100;

  private final Journal journal;
  private final InHand inHand;
  private final WaitingRoom room;
  private final Dispatcher dispatcher;
  private final ResultReporter reporter;
  private final EnvelopeVerifier verifier;
  private final ActionParser parser;
  private final Duration maxTtl;
  private final Retention retention;
  private final InstantSource clock;
  private final StopSignal stop;

  private volatile @Nullable String problem = "the journal was not read yet";

  /** Of the thread that tidies: what the latest round failed at. */
  private @Nullable String tidyProblem;

  JournalDesk(
      ActuatorSettings settings,
      Journal journal,
      InHand inHand,
      WaitingRoom room,
      Dispatcher dispatcher,
      ResultReporter reporter,
      EnvelopeVerifier verifier,
      InstantSource clock,
      StopSignal stop) {
    this.journal = journal;
    this.inHand = inHand;
    this.room = room;
    this.dispatcher = dispatcher;
    this.reporter = reporter;
    this.verifier = verifier;
    this.parser =
        new ActionParser(
            settings.identity().clusterId(), Retention.LONGEST_VALIDITY, Retention.SKEW);
    this.maxTtl = settings.maxActionTtl();
    this.retention = new Retention(settings.retention());
    this.clock = clock;
    this.stop = stop;
  }

  /** What keeps the journal from being used. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /**
   * Takes up what is in the journal, as soon as that can be read. However long it is, the agent is
   * ready before it was read to its end: what comes in meanwhile waits.
   */
  void open(ComponentHealth health) throws InterruptedException {
    while (!stop.isRequested()) {
      try {
        Optional<String> missing = journal.missing();
        if (missing.isEmpty()) {
          takeUpAll(health);
          return;
        }
        unusable(missing.get(), health);
      } catch (IOException e) {
        unusable(String.valueOf(e.getMessage()), health);
      }
      stop.await(RETRY);
    }
  }

  private void takeUpAll(ComponentHealth health) throws IOException, InterruptedException {
    problem = null;
    boolean taken = false;
    try {
      @Nullable String refused = takeUp(read(health));
      taken = true;
      if (refused != null) {
        log.warn("{}, trying again later: {}", LEFT, refused);
      }
    } finally {
      if (!taken) { // Whatever ended it: nothing is accepted until it has been read.
        problem = "the journal could not be taken up";
      }
    }
  }

  /** Goes through the journal again when there is a reason to, until the agent stops. */
  void tidy() throws InterruptedException {
    TidySchedule schedule = new TidySchedule(Ticker.system());
    while (!stop.await(ROUND)) {
      boolean forResults = reporter.takeOverflow();
      if (forResults || schedule.isDue(reporter.isSwamped())) {
        tidyOnce(schedule, forResults);
      }
    }
  }

  /** One round of {@link #tidy}. */
  void tidyOnce(TidySchedule schedule, boolean forResults) throws InterruptedException {
    try {
      JournalReading reading = read(null);
      @Nullable String refused = takeUp(reading);
      @Nullable String kept = forget(reading.old());
      if (refused != null) {
        untidied(LEFT, refused, schedule.failed());
      } else if (kept != null) {
        untidied("Cannot delete from the journal what is old", kept, schedule.failed());
      } else {
        tidyProblem = null;
        schedule.ended(reading.isIncomplete());
      }
    } catch (IOException e) {
      if (forResults) {
        reporter.notReread();
      }
      untidied("Cannot go through the journal", String.valueOf(e.getMessage()), schedule.failed());
    }
  }

  private void untidied(String what, String why, Duration delay) {
    if (!why.equals(tidyProblem)) {
      log.warn("{}, trying again in {} s and then ever later: {}", what, delay.toSeconds(), why);
    }
    tidyProblem = why;
  }

  private void unusable(String why, ComponentHealth health) {
    if (!why.equals(problem)) {
      log.warn("No action can be accepted: {}", why);
    }
    problem = why;
    health.failed(why);
  }

  private JournalReading read(@Nullable ComponentHealth health) throws IOException {
    try (OwedResults.Recount owed = reporter.recount()) {
      JournalReading reading = new JournalReading(retention, clock.instant(), owed);
      journal.scan(object -> {
        reading.add(object);
        if (health != null) {
          health.progress();
        }
      });
      owed.end();
      return reading;
    }
  }

  /** What is refused does not keep the rest; returns why, or null if nothing was. */
  private @Nullable String takeUp(JournalReading reading) throws IOException, InterruptedException {
    @Nullable String refused = null;
    List<ActionId> cancels = new ArrayList<>();
    for (JournalEntry entry : reading.unfinished()) {
      if (entry.isCancel()) {
        cancels.add(entry.id());
      } else if (entry.phase() != Phase.RUNNING) {
        awaitEnd(cancels);
      }
      try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, entry.id().value())) {
        takeUp(entry);
      } catch (JournalRefusedException e) {
        refused = String.valueOf(e.getMessage());
        log.debug("Not taken up: {}", refused);
      }
    }
    for (JournalEntry entry : reading.unreported()) {
      @Nullable ActionResult result = entry.result();
      if (result != null) {
        reporter.report(entry.id(), result);
      }
    }
    if (reading.leavesUnreported()) {
      reporter.overflowed();
    }
    return refused;
  }

  /**
   * What they cancel must not begin before they have said so; but they hold up nothing for long.
   */
  private void awaitEnd(List<ActionId> cancels) throws InterruptedException {
    long until = System.nanoTime() + CANCEL_TIME.toNanos();
    boolean goOn = false;
    while (!goOn && cancels.stream().anyMatch(id -> inHand.find(id).isPresent())) {
      goOn = stop.await(CANCEL_ROUND) || System.nanoTime() - until > 0;
    }
    cancels.clear();
  }

  /** What cannot be deleted does not keep the rest; returns why, or null if all was. */
  private @Nullable String forget(List<JournalReading.Old> objects) {
    @Nullable String failure = null;
    int failures = 0;
    for (JournalReading.Old old : objects) {
      if (stop.isRequested() || failures == MAX_FAILURES) {
        break;
      }
      try {
        journal.delete(old.name(), old.uid());
      } catch (IOException e) {
        failures++;
        failure = String.valueOf(e.getMessage());
        log.debug("Cannot delete {} from the journal: {}", old.name(), failure);
      }
    }
    return failure;
  }

  /**
   * Whoever may create objects here is not thereby the backend: the signature decides, and whether
   * the action was valid when the API server created the object, as far as its clock can tell.
   */
  private void takeUp(JournalEntry entry) throws IOException {
    switch (verifier.verify(entry.envelope(), PayloadType.ACTION)) {
      case Verification.Rejected(var reason, var message) -> refuse(entry, reason, message);
      case Verification.Verified verified -> takeUp(entry, verified.payload());
    }
  }

  private void takeUp(JournalEntry entry, byte[] payload) throws IOException {
    switch (parser.parse(payload, InstantSource.fixed(entry.claimedAt()))) {
      case ActionParsing.Rejected(_, var reason, var message) -> refuse(entry, reason, message);
      case ActionParsing.Accepted(Action action) when !action.id().equals(entry.id()) ->
          refuse(entry, RejectionReason.ID_CONFLICT, "its envelope is another action's");
      case ActionParsing.Accepted(Action action) -> {
        Job job = new Job(action, payload);
        if (Duration.between(action.issuedAt(), action.expiresAt()).compareTo(maxTtl) > 0) {
          // It was accepted under another configuration, and may have begun.
          job.clearance()
              .withdraw(
                  Conclusion.refused(
                      RejectionReason.TTL_TOO_LONG,
                      "valid for more than the %d s that this agent accepts now"
                          .formatted(maxTtl.toSeconds())));
        }
        resume(job);
      }
    }
  }

  /** Reads the entry once more: by now this very process may have finished it. */
  private void resume(Job job) throws IOException {
    if (!inHand.add(job)) {
      return;
    }
    boolean resumed = false;
    try {
      Optional<JournalEntry> current = journal.find(job.id()).filter(entry -> !entry.isFinished());
      if (current.isEmpty()) {
        return;
      }
      if (current.get().isDamaged()) {
        closeDamaged(current.get());
        return;
      }
      room.enterAnyway(job);
      dispatcher.dispatch(job, current.get());
      resumed = true;
    } finally {
      if (!resumed) {
        inHand.remove(job);
      }
    }
  }

  private void refuse(JournalEntry entry, RejectionReason reason, String message)
      throws IOException {
    Optional<JournalEntry> current =
        inHand.find(entry.id()).isPresent()
            ? Optional.empty()
            : journal.find(entry.id()).filter(found -> !found.isFinished());
    if (current.isEmpty()) {
      return;
    }
    log.warn("Refused to resume the action: {}", message);
    // Not even to tidy up: what cannot be verified is not acted on.
    String all =
        current.get().phase() == Phase.RUNNING
            ? message + "; what an earlier attempt did stays"
            : message;
    close(current.get(), ActionResult.refused(reason, all, clock.instant()));
  }

  /** It may have had its effect, so it is not carried out again. */
  private void closeDamaged(JournalEntry entry) throws IOException {
    log.warn("The status of the AgentAction cannot be read: it is closed as failed");
    close(
        entry,
        new ActionResult(
            false,
            Outcome.FAILED,
            null,
            "its status in the journal was damaged; what it had done is not known",
            false,
            entry.claimedAt(),
            clock.instant(),
            entry.attempts(),
            JsonNodeFactory.instance.objectNode()));
  }

  private void close(JournalEntry entry, ActionResult result) throws IOException {
    if (journal.finished(entry, result)) {
      reporter.report(entry.id(), result);
    }
  }
}
