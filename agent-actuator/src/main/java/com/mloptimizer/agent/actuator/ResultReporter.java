package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.RetryOutcome;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Tells the backend how actions ended, one after the other, each until it is acknowledged. The
 * queue is bounded: a result of the journal that finds no room is found there again, a refusal that
 * finds none is dropped, since the backend has its acknowledgement.
 */
final class ResultReporter {
  private static final Logger log = LoggerFactory.getLogger(ResultReporter.class);
  private static final int CAPACITY = 1000;

  /** As many AgentActions stay for good if the backend never acknowledges one. */
  private static final int MAX_OWED = 5000;

  private static final Duration DRAIN_ROUND = Duration.ofMillis(50);

  private final Backend backend;
  private final BackendRetry retry;
  private final Journal journal;
  private final AgentIdentity identity;
  private final InstantSource clock;
  private final WriteBehind behind;
  private final ActuatorMetrics metrics;
  private final ComponentHealth health;
  private final StopSignal stop;
  private final BlockingQueue<Report> queue = new LinkedBlockingQueue<>(CAPACITY);
  private final Rereading rereading = new Rereading(Ticker.system());

  /** The journal's results that are in the queue. */
  private final Set<ActionId> queued = ConcurrentHashMap.newKeySet();

  /** The journal's results that the backend has not acknowledged, in the queue or not. */
  private final Set<ActionId> owed = ConcurrentHashMap.newKeySet();

  /** Taken and not told yet. */
  private final AtomicInteger pending = new AtomicInteger();

  /** A result to tell; whether the journal has it too. */
  private record Report(ActionId id, ActionResult result, boolean journaled) {}

  ResultReporter(
      Backend backend,
      BackendRetry retry,
      Journal journal,
      AgentIdentity identity,
      InstantSource clock,
      WriteBehind behind,
      ActuatorMetrics metrics,
      ComponentHealth health,
      StopSignal stop) {
    this.backend = backend;
    this.retry = retry;
    this.journal = journal;
    this.identity = identity;
    this.clock = clock;
    this.behind = behind;
    this.metrics = metrics;
    this.health = health;
    this.stop = stop;
  }

  /** Takes a result that is in the journal; returns at once. */
  void report(ActionId id, ActionResult result) {
    owed.add(id);
    metrics.owed(owed.size());
    if (queued.add(id) && !offer(new Report(id, result, true))) {
      queued.remove(id);
      overflowed();
    }
  }

  /** Takes a result that is told as long as this process lives; returns at once. */
  void reportUnrecorded(ActionId id, ActionResult result) {
    if (!offer(new Report(id, result, false))) {
      log.warn("Too many results wait: the one of action {} is not sent", id);
    }
  }

  private boolean offer(Report report) {
    pending.incrementAndGet();
    boolean taken = queue.offer(report);
    if (!taken) {
      pending.decrementAndGet();
    }
    return taken;
  }

  /** Whether the backend leaves so many results unacknowledged that there should not be more. */
  boolean isSwamped() {
    return owed.size() >= MAX_OWED;
  }

  /** The journal holds results that were not taken for want of room. */
  void overflowed() {
    rereading.ask();
  }

  /** Whether they can be taken now; asking resets it. */
  boolean hasOverflowed() {
    return queue.isEmpty() && rereading.isDue();
  }

  /** Waits until everything was told, but no longer than that; what was not is in the journal. */
  void drain(Duration atMost) throws InterruptedException {
    long until = System.nanoTime() + atMost.toNanos();
    while (pending.get() > 0 && System.nanoTime() - until < 0 && !stop.await(DRAIN_ROUND)) {
      health.progress();
    }
  }

  /** Reports until it is interrupted or told to stop. */
  void run() throws InterruptedException {
    while (!stop.isRequested()) {
      Report report = queue.take();
      try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, report.id().value())) {
        if (!tell(report)) {
          return;
        }
      } finally {
        pending.decrementAndGet();
        queued.remove(report.id());
      }
    }
  }

  private boolean tell(Report report) throws InterruptedException {
    ResultRequest request =
        new ResultRequest(
            identity.clusterId(),
            identity.agentId(),
            report.id(),
            clock.instant(),
            report.result());
    return switch (retry.untilAnswered("result", health, stop, () -> backend.sendResult(request))) {
      case RetryOutcome.Done<?> _ -> acknowledged(report);
      case RetryOutcome.TooLarge<?> _ -> givenUp(report, "it is too large");
      case RetryOutcome.Refused<?>(int status, String excerpt) ->
          givenUp(report, status + " " + excerpt);
      case RetryOutcome.Stopped<?> _ -> false;
    };
  }

  private boolean givenUp(Report report, String why) {
    log.error("Backend refused the result: {}", why);
    return acknowledged(report);
  }

  private boolean acknowledged(Report report) {
    if (report.journaled()) {
      owed.remove(report.id()); // By now: its mark may wait for long.
      metrics.owed(owed.size());
      if (!behind.submit(() -> mark(report.id()))) {
        overflowed();
      }
    }
    return true;
  }

  private void mark(ActionId id) {
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, id.value())) {
      journal.reported(id);
      rereading.succeeded();
    } catch (IOException e) {
      // Told again when the journal is read again; the backend then answers that it knows.
      log.warn("The result is reported but not marked so: {}", e.getMessage());
      rereading.askAfterFailure();
    }
  }
}
