package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.handler.Conclusion;
import com.mloptimizer.agent.actuator.handler.Handlers;
import com.mloptimizer.agent.actuator.handler.SuspendedException;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionProgress;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes one claimed action from its journal entry to its result: guardrails, handler, journal,
 * event, report. What interrupts it leaves the entry as it is, and the next process goes on from
 * there.
 */
final class ActionRunner {
  private static final Logger log = LoggerFactory.getLogger(ActionRunner.class);
  private static final Duration JOURNAL_RETRY = Duration.ofSeconds(1);

  private final ActuatorSettings settings;
  private final Journal journal;
  private final Handlers handlers;
  private final Guardrails guardrails;
  private final ResultReporter reporter;
  private final TargetEvents events;
  private final AgentOutbox outbox;
  private final ActuatorMetrics metrics;
  private final InstantSource clock;
  private final StopSignal stop;

  ActionRunner(
      ActuatorSettings settings,
      Journal journal,
      Handlers handlers,
      Guardrails guardrails,
      ResultReporter reporter,
      TargetEvents events,
      AgentOutbox outbox,
      ActuatorMetrics metrics,
      InstantSource clock,
      StopSignal stop) {
    this.settings = settings;
    this.journal = journal;
    this.handlers = handlers;
    this.guardrails = guardrails;
    this.reporter = reporter;
    this.events = events;
    this.outbox = outbox;
    this.metrics = metrics;
    this.clock = clock;
    this.stop = stop;
  }

  /** Carries the action out, or finishes what an earlier attempt began. */
  void run(JournalEntry entry, Action action) {
    try (var _ = MDC.putCloseable("action", action.id().value())) {
      resumably(entry, action);
    }
  }

  private void resumably(JournalEntry entry, Action action) {
    try {
      attempt(entry, action);
    } catch (SuspendedException e) {
      log.info("Suspended; resumed after the next start");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      log.warn("Interrupted; resumed after the next start");
    }
  }

  private void attempt(JournalEntry entry, Action action)
      throws SuspendedException, InterruptedException {
    int attempts = entry.attempts() + 1;
    Instant startedAt = Optional.ofNullable(entry.startedAt()).orElseGet(this::now);
    log.info(
        "Executing action {} on {}{}",
        action.type().wireName(),
        action.target(),
        attempts > 1 ? ", attempt " + attempts : "");
    if (!write(() -> journal.running(action.id(), attempts, startedAt))) {
      return;
    }
    progress(action.id(), "started", JsonNodeFactory.instance.objectNode());
    Conclusion conclusion = conclude(action);
    ActionResult result = result(action, conclusion, startedAt, attempts);
    if (!write(() -> journal.finished(action.id(), result))) {
      return;
    }
    log.info("Finished action {}: {}", result.outcome().wireName(), result.message());
    metrics.ended(action, result);
    reporter.report(action.id(), result, true);
    events.ended(action, result);
  }

  private Conclusion conclude(Action action) throws SuspendedException, InterruptedException {
    Optional<String> violation = guardrails.violatedBy(action);
    if (violation.isPresent()) {
      return new Conclusion(
          Outcome.REFUSED,
          RejectionReason.NOT_PERMITTED,
          "guardrail " + violation.get(),
          JsonNodeFactory.instance.objectNode());
    }
    ActionContext context =
        new ActionContext(
            action.id(),
            isDryRun(action),
            action.deadline(),
            clock,
            stop,
            (message, details) -> progress(action.id(), message, details));
    if (context.isPastDeadline()) {
      return Conclusion.of(
          Outcome.TIMED_OUT, "its deadline " + action.deadline() + " had passed before it began");
    }
    try {
      return handlers.handle(action.parameters(), context);
    } catch (RuntimeException e) {
      // A defect of a handler must not leave the action running forever, nor kill the queue.
      log.error("Action failed unexpectedly", e);
      return Conclusion.of(Outcome.FAILED, "internal error: " + e);
    }
  }

  private ActionResult result(
      Action action, Conclusion conclusion, Instant startedAt, int attempts) {
    return new ActionResult(
        conclusion.outcome().isSuccess(),
        conclusion.outcome(),
        conclusion.reason(),
        conclusion.message(),
        isDryRun(action),
        startedAt,
        now(),
        attempts,
        conclusion.details());
  }

  private boolean isDryRun(Action action) {
    return action.dryRun() || settings.dryRun();
  }

  private void progress(ActionId id, String message, ObjectNode details) {
    outbox.send(new ActionProgress(id, Phase.RUNNING.label(), message, details));
  }

  /** A write to the journal. */
  private interface JournalWrite {
    void run() throws IOException;
  }

  /** Writes until it is written; false if the agent stops first. */
  private boolean write(JournalWrite write) throws InterruptedException {
    boolean logged = false;
    while (true) {
      try {
        write.run();
        return true;
      } catch (IOException e) {
        if (!logged) {
          log.warn("Cannot write the journal, trying until it works: {}", e.getMessage());
          logged = true;
        }
      }
      if (stop.await(JOURNAL_RETRY)) {
        return false;
      }
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
