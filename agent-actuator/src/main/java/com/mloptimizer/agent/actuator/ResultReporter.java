package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.RetryOutcome;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the backend how actions ended, one after the other, each until it is acknowledged. The
 * queue is bounded: a result of the journal that finds no room is found there again, a refusal that
 * finds none is dropped, since the backend has its acknowledgement.
 */
final class ResultReporter {
  private static final Logger log = LoggerFactory.getLogger(ResultReporter.class);
  private static final int CAPACITY = 1000;
  private static final Duration DRAIN_ROUND = Duration.ofMillis(50);

  private final Backend backend;
  private final BackendRetry retry;
  private final Journal journal;
  private final AgentIdentity identity;
  private final InstantSource clock;
  private final ComponentHealth health;
  private final StopSignal stop;
  private final BlockingQueue<Report> queue = new LinkedBlockingQueue<>(CAPACITY);
  private final AtomicBoolean overflowed = new AtomicBoolean();

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
      ComponentHealth health,
      StopSignal stop) {
    this.backend = backend;
    this.retry = retry;
    this.journal = journal;
    this.identity = identity;
    this.clock = clock;
    this.health = health;
    this.stop = stop;
  }

  /** Takes a result; returns at once. */
  void report(ActionId id, ActionResult result, boolean journaled) {
    if (queue.offer(new Report(id, result, journaled))) {
      pending.incrementAndGet();
    } else if (journaled) {
      overflowed.set(true);
    }
  }

  /** Whether the journal holds results that were not taken for want of room; asking resets it. */
  boolean hasOverflowed() {
    return queue.isEmpty() && overflowed.getAndSet(false);
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
      ResultRequest request =
          new ResultRequest(
              identity.clusterId(),
              identity.agentId(),
              report.id(),
              clock.instant(),
              report.result());
      switch (retry.untilAnswered("result", health, stop, () -> backend.sendResult(request))) {
        case RetryOutcome.Done<?> _ -> acknowledged(report);
        case RetryOutcome.TooLarge<?> _ -> givenUp(report, "it is too large");
        case RetryOutcome.Refused<?>(int status, String excerpt) ->
            givenUp(report, status + " " + excerpt);
        case RetryOutcome.Stopped<?> _ -> {
          return;
        }
      }
      pending.decrementAndGet();
    }
  }

  private void givenUp(Report report, String why) {
    log.error("Backend refused the result of action {}: {}", report.id(), why);
    acknowledged(report);
  }

  private void acknowledged(Report report) {
    if (!report.journaled()) {
      return;
    }
    try {
      journal.reported(report.id());
    } catch (IOException e) {
      // Told again after the next start; the backend then answers that it knows.
      log.warn("Result of action {} is reported but not marked so: {}", report.id(), e.toString());
    }
  }
}
