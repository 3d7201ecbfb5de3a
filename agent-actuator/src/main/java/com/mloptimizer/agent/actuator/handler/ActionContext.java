package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a handler may know of its circumstances.
 *
 * @param action whose circumstances these are
 * @param issuedAt when the backend asked for it; the same however often it is delivered
 * @param resumedSince when the first attempt began; null if this is the first
 * @param dryRun whether to plan only
 * @param deadline when to end and to report what was done
 * @param clock the time
 * @param stop asked for when the agent is about to end
 * @param progress told how far the action is
 * @param memory what the action keeps for its next attempt
 * @param permit what the guardrails hold the action to while it runs
 * @param clearance whether it may write
 */
public record ActionContext(
    ActionId action,
    Instant issuedAt,
    @Nullable Instant resumedSince,
    boolean dryRun,
    Instant deadline,
    InstantSource clock,
    StopSignal stop,
    BiConsumer<String, ObjectNode> progress,
    ActionMemory memory,
    ActionPermit permit,
    Clearance clearance) {
  /** The key of the action's id in the context of log lines. */
  public static final String MDC_KEY = "action";

  /** How soon an action that waits notices that it was cancelled. */
  private static final Duration NOTICE = Duration.ofMillis(100);

  /** Tells the backend how far the action is. */
  public void progress(String message) {
    progress.accept(message, JsonNodeFactory.instance.objectNode());
  }

  /** Whether the deadline has passed. */
  public boolean isPastDeadline() {
    return !clock.instant().isBefore(deadline);
  }

  /** Time until the deadline; zero if it has passed. */
  public Duration remaining() {
    Duration remaining = Duration.between(clock.instant(), deadline);
    return remaining.isNegative() ? Duration.ZERO : remaining;
  }

  /** The same circumstances with an earlier deadline, if the one given is earlier. */
  public ActionContext until(Instant earlier) {
    return earlier.isBefore(deadline) ? with(earlier, permit, clearance) : this;
  }

  /**
   * The same circumstances with another deadline, for what must be tidied up after the first, or
   * after the action was cancelled.
   */
  public ActionContext withDeadline(Instant other) {
    return with(other, permit, Clearance.ofAll());
  }

  /** The same circumstances under another permit. */
  public ActionContext withPermit(ActionPermit other) {
    return with(deadline, other, clearance);
  }

  private ActionContext with(
      Instant otherDeadline, ActionPermit otherPermit, Clearance otherClearance) {
    return new ActionContext(
        action,
        issuedAt,
        resumedSince,
        dryRun,
        otherDeadline,
        clock,
        stop,
        progress,
        memory,
        otherPermit,
        otherClearance);
  }

  /**
   * Virtual threads for parts of the action; what they log carries its id. Closing waits for them.
   */
  public ExecutorService fanOut() {
    ThreadFactory threads = Thread.ofVirtual().name("action-" + action + "-", 0).factory();
    return Executors.newThreadPerTaskExecutor(task ->
        threads.newThread(() -> {
          try (var _ = MDC.putCloseable(MDC_KEY, action.value())) {
            task.run();
          }
        }));
  }

  /**
   * To be called before each write.
   *
   * @throws ActionEndedException if the deadline has passed or the action was cancelled
   * @throws SuspendedException if the agent stops before the action was cleared to write
   */
  public void requireClearance()
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (!clearance.await(NOTICE)) {
      requireNoEnd();
      if (stop.isRequested()) {
        throw new SuspendedException();
      }
    }
    requireNoEnd();
  }

  /**
   * Waits for a permit, which the caller gives back.
   *
   * @throws ActionEndedException if the deadline comes first, or the action is cancelled
   * @throws SuspendedException if the agent stops
   */
  void acquire(Semaphore permits)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (!permits.tryAcquire(NOTICE.toMillis(), TimeUnit.MILLISECONDS)) {
      requireNoEnd();
      if (stop.isRequested()) {
        throw new SuspendedException();
      }
    }
  }

  private void requireNoEnd() throws ActionEndedException {
    clearance.requireNotWithdrawn();
    if (isPastDeadline()) {
      throw new ActionEndedException(
          Conclusion.of(Outcome.TIMED_OUT, "its deadline " + deadline + " has passed"));
    }
  }

  /**
   * Waits; the point at which an action can be suspended, and at which its memory is saved.
   *
   * @throws SuspendedException if the agent stops
   * @throws ActionEndedException if the deadline comes first, or the action is cancelled
   */
  public void pause(Duration time, String waitingFor)
      throws InterruptedException, SuspendedException, ActionEndedException {
    memory.saveIfDue();
    long waitNanos = shorter(time, remaining()).toNanos();
    long start = System.nanoTime();
    long left = waitNanos;
    do {
      clearance.requireNotWithdrawn();
      if (stop.await(shorter(Duration.ofNanos(left), NOTICE))) {
        throw new SuspendedException();
      }
      left = waitNanos - (System.nanoTime() - start);
    } while (left > 0);
    clearance.requireNotWithdrawn();
    if (isPastDeadline()) {
      throw new ActionEndedException(
          Conclusion.of(Outcome.TIMED_OUT, "deadline passed while waiting for " + waitingFor));
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
