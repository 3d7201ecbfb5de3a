package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.handler.ActionEndedException;
import com.mloptimizer.agent.actuator.handler.ActionMemory;
import com.mloptimizer.agent.actuator.handler.Conclusion;
import com.mloptimizer.agent.actuator.handler.Handlers;
import com.mloptimizer.agent.actuator.handler.SuspendedException;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionLog;
import com.mloptimizer.agent.core.action.ActionParameters.CancelAction;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionProgress;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
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

  private final ActuatorSettings settings;
  private final Journal journal;
  private final Handlers handlers;
  private final Guardrails guardrails;
  private final ResultReporter reporter;
  private final TargetEvents events;
  private final AgentOutbox outbox;
  private final ActuatorMetrics metrics;
  private final ActionLog actionLog;
  private final InstantSource clock;
  private final StopSignal stop;
  private final Canceller canceller;
  private final JournalRetry retry;

  ActionRunner(
      ActuatorSettings settings,
      Journal journal,
      Handlers handlers,
      Guardrails guardrails,
      ResultReporter reporter,
      TargetEvents events,
      AgentOutbox outbox,
      ActuatorMetrics metrics,
      ActionLog actionLog,
      Canceller canceller,
      JournalRetry retry,
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
    this.actionLog = actionLog;
    this.clock = clock;
    this.stop = stop;
    this.canceller = canceller;
    this.retry = retry;
  }

  /** Carries the action out, or finishes what an earlier attempt began. */
  void run(Job job) {
    metrics.running(1);
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, job.id().value())) {
      attempt(job);
    } catch (SuspendedException e) {
      log.info("Suspended; resumed after the next start");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      log.warn("Interrupted; resumed after the next start");
    } finally {
      metrics.running(-1);
    }
  }

  /**
   * What has not begun ends where it may not begin. What has begun is given to its handler in any
   * case, since only that can tell what was done, and tidies up; if it is to end, it writes nothing
   * beyond that.
   */
  private void attempt(Job job) throws SuspendedException, InterruptedException {
    ActionContext context = context(job);
    try (GuardrailDecision decision = admit(job, context)) {
      Optional<Conclusion> end = decision.ifEnded();
      Instant startedAt = Optional.ofNullable(job.entry().startedAt()).orElseGet(this::now);
      if (end.isEmpty() || job.hasBegun()) {
        end.ifPresent(job.clearance()::withdraw);
        carryOut(job, decision, context, startedAt);
      } else {
        // Never recorded as running: that means admitted, and is what a resumed action goes by.
        int tried = end.get().outcome() == Outcome.CANCELLED ? 0 : 1;
        end(job, end.get(), startedAt, tried);
      }
    }
  }

  private GuardrailDecision admit(Job job, ActionContext context)
      throws SuspendedException, InterruptedException {
    if (job.isCancel()) {
      // Always permitted: it makes the agent do less.
      return GuardrailDecision.permitted(ActionPermit.unlimited());
    }
    Optional<Conclusion> withdrawn = job.clearance().withdrawn();
    if (withdrawn.isPresent()) {
      return GuardrailDecision.ended(withdrawn.get());
    }
    if (context.isPastDeadline()) {
      return GuardrailDecision.ended(
          Conclusion.of(
              Outcome.TIMED_OUT,
              "its deadline %s %s"
                  .formatted(
                      context.deadline(),
                      job.hasBegun() ? "has passed" : "had passed before it began")));
    }
    if (settings.dryRun() && !context.dryRun()) {
      return GuardrailDecision.refused("this agent only plans since it was started anew (DRY_RUN)");
    }
    try {
      return guardrails.admit(job, context);
    } catch (ActionEndedException e) {
      return GuardrailDecision.ended(e.conclusion());
    }
  }

  private void carryOut(
      Job job, GuardrailDecision decision, ActionContext context, Instant startedAt)
      throws SuspendedException, InterruptedException {
    int attempts = job.entry().attempts() + 1;
    log.info(
        "Executing action {} on {}{}",
        job.action().type().wireName(),
        job.action().target(),
        attempts > 1 ? ", attempt " + attempts : "");
    progress(job.id(), "started", JsonNodeFactory.instance.objectNode());
    Thread recording =
        Thread.ofVirtual().start(() -> recordRunning(job, context, attempts, startedAt));
    Conclusion conclusion;
    try {
      conclusion = conclude(job, decision, context);
    } finally {
      recording.join(); // What is written of the end must not come before it.
    }
    end(job, conclusion, startedAt, attempts);
  }

  /** The action reads meanwhile what it is about; it writes nothing before. */
  private void recordRunning(Job job, ActionContext context, int attempts, Instant startedAt) {
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, job.id().value())) {
      // A plan changes nothing: who takes it up again need not know that it had begun.
      boolean recorded = isDryRun(job) || writeRunning(job, attempts, startedAt);
      retry.awaitTurn(job);
      if (!job.hasBegun() && !context.dryRun()) {
        endingInstead(job, context, recorded).ifPresent(job.clearance()::withdraw);
      }
      job.clearance().give();
    } catch (SuspendedException e) {
      log.debug("The agent stops before the action was recorded as running");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns false if somebody has deleted the entry. */
  private boolean writeRunning(Job job, int attempts, Instant startedAt)
      throws SuspendedException, InterruptedException {
    Optional<JournalEntry> now =
        retry.until(job, () -> journal.running(job.entry(), attempts, startedAt));
    now.ifPresent(job::recorded);
    return now.isPresent();
  }

  /** What came up while it was recorded as running, which takes as long as the API server does. */
  private Optional<Conclusion> endingInstead(Job job, ActionContext context, boolean recorded)
      throws SuspendedException, InterruptedException {
    if (!recorded) {
      return Optional.of(
          Conclusion.of(Outcome.CANCELLED, "its AgentAction was deleted before anything was done"));
    }
    try {
      return guardrails.refusingNow(job.action(), context);
    } catch (ActionEndedException e) {
      return Optional.of(e.conclusion());
    }
  }

  private void end(Job job, Conclusion conclusion, Instant startedAt, int attempts)
      throws SuspendedException, InterruptedException {
    ActionResult result = result(job, conclusion, startedAt, attempts);
    boolean recorded = retry.until(job, () -> journal.finished(job.entry(), result));
    log.info("Finished action {}: {}", result.outcome().wireName(), result.message());
    metrics.ended(job.action(), result);
    actionLog.ended(job.action(), result);
    if (recorded) {
      reporter.report(job.id(), result);
    } else {
      log.warn("The AgentAction was deleted; the result is sent, but not kept until it arrives");
      reporter.reportUnrecorded(job.id(), result);
    }
    events.ended(job.action(), result);
  }

  private ActionContext context(Job job) {
    Action action = job.action();
    JournalEntry entry = job.entry();
    return new ActionContext(
        action.id(),
        action.issuedAt(),
        job.hasBegun() ? Optional.ofNullable(entry.startedAt()).orElse(entry.claimedAt()) : null,
        isDryRun(job),
        action.deadline(),
        clock,
        stop,
        (message, details) -> progress(action.id(), message, details),
        new ActionMemory(
            entry.progress(),
            patch -> journal.progress(action.id(), patch).ifPresent(job::recorded),
            Ticker.system()),
        ActionPermit.unlimited(),
        job.clearance());
  }

  private Conclusion conclude(Job job, GuardrailDecision decision, ActionContext context)
      throws SuspendedException, InterruptedException {
    Action action = job.action();
    if (action.parameters() instanceof CancelAction(ActionId cancelled)) {
      return retry.until(job, () -> canceller.cancel(cancelled, action.id(), isDryRun(job)));
    }
    try {
      return decision.annotated(
          handlers.handle(action.parameters(), context.withPermit(decision.permit())));
    } catch (SuspendedException e) {
      context.memory().save();
      throw e;
    } catch (RuntimeException e) {
      // A defect of a handler must not leave the action running forever, nor kill the queue.
      log.error("Action failed unexpectedly", e);
      return Conclusion.of(Outcome.FAILED, "internal error: " + e);
    }
  }

  private ActionResult result(Job job, Conclusion conclusion, Instant startedAt, int attempts) {
    return new ActionResult(
        conclusion.outcome().isSuccess(),
        conclusion.outcome(),
        conclusion.reason(),
        conclusion.message(),
        isDryRun(job),
        startedAt,
        now(),
        attempts,
        conclusion.details());
  }

  /** What was begun in earnest is not made a plan by a setting of this process. */
  private boolean isDryRun(Job job) {
    return job.action().dryRun() || (settings.dryRun() && !job.hasBegun());
  }

  private void progress(ActionId id, String message, ObjectNode details) {
    outbox.send(new ActionProgress(id, Phase.RUNNING.label(), message, details));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
