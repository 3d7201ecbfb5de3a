package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Tells the backend how actions ended, one after the other, each until it is acknowledged. One that
 * the backend does not take, while it takes others, makes way for them. The queue is bounded: a
 * result of the journal that finds no room is found there again, a refusal that finds none is
 * dropped, since the backend has its acknowledgement.
 */
final class ResultReporter {
  private static final Logger log = LoggerFactory.getLogger(ResultReporter.class);

  /** As many AgentActions stay for good if the backend never acknowledges one. */
  private static final int MAX_OWED = 5000;

  private static final Duration DRAIN_ROUND = Duration.ofMillis(50);

  private final Backend backend;
  private final BackendRetry retry;
  private final Journal journal;
  private final AgentIdentity identity;
  private final InstantSource clock;
  private final WriteBehind behind;
  private final ComponentHealth health;
  private final StopSignal stop;
  private final ResultQueue queue = new ResultQueue(Ticker.system());
  private final Rereading rereading = new Rereading(Ticker.system());
  private final OwedResults owed;

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
    this.health = health;
    this.stop = stop;
    this.owed = new OwedResults(MAX_OWED, metrics);
  }

  /** Takes a result that is in the journal; returns at once. */
  void report(ActionId id, ActionResult result) {
    if (owed.add(id)) {
      enqueue(new QueuedResult(id, result, true));
    }
  }

  /**
   * Takes the result of an entry that the backend has sent again, whether it has been told before
   * or not; returns at once.
   */
  void reportAgain(JournalEntry entry) {
    @Nullable ActionResult result = entry.result();
    if (result != null && owed.addAgain(entry)) {
      enqueue(new QueuedResult(entry.id(), result, !owed.isAcknowledged(entry)));
    }
  }

  private void enqueue(QueuedResult result) {
    if (!queue.offer(result)) {
      owed.waitsNoMore(result.id());
      if (result.isJournaled()) {
        overflowed();
      }
    }
  }

  /** Takes a result that is told as long as this process lives; returns at once. */
  void reportUnrecorded(ActionId id, ActionResult result) {
    if (!queue.offer(new QueuedResult(id, result, false))) {
      log.warn("Too many results wait: the one of action {} is not sent", id);
    }
  }

  /** Whether the backend leaves so many results unacknowledged that there should not be more. */
  boolean isSwamped() {
    return owed.isSwamped();
  }

  /** A reading of the journal begins; what it finds is to be told to the recount, then closed. */
  OwedResults.Recount recount() {
    return owed.recount();
  }

  /** The journal holds results that were not taken for want of room. */
  void overflowed() {
    rereading.ask();
  }

  /** The journal could not be read for them. */
  void notReread() {
    rereading.askAfterFailure();
  }

  /** Takes the request to read the journal for them, if there is one and room for them now. */
  boolean takeOverflow() {
    return queue.isEmpty() && rereading.takeDue();
  }

  /** Waits until everything was told, but no longer than that; what was not is in the journal. */
  void drain(Duration atMost) throws InterruptedException {
    long until = System.nanoTime() + atMost.toNanos();
    while (queue.hasUntold() && System.nanoTime() - until < 0 && !stop.await(DRAIN_ROUND)) {
      health.progress();
    }
  }

  /** Reports until it is interrupted or told to stop. */
  void run() throws InterruptedException {
    boolean goesOn = true;
    while (goesOn && !stop.isRequested()) {
      goesOn = new Turn(queue.take()).tell();
    }
  }

  /** From a result that has its turn to one that the backend has, or that it has refused. */
  private final class Turn {
    private QueuedResult current;
    private boolean isOver = true;

    Turn(QueuedResult first) {
      this.current = first;
    }

    /** Returns false if the agent stops. */
    boolean tell() throws InterruptedException {
      try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, current.id().value())) {
        return queue.isOdd(current) ? tellOdd() : tellThisOrAnother();
      } finally {
        if (isOver) {
          queue.leave();
          owed.waitsNoMore(current.id());
        }
      }
    }

    /** An outage fails for all alike; so it is one, whichever result is tried. */
    private boolean tellThisOrAnother() throws InterruptedException {
      return switch (retry.untilAnswered("result", health, stop, this::attempt)) {
        case RetryOutcome.Done<?> _ -> acknowledged();
        case RetryOutcome.TooLarge<?> _ -> givenUp("it is too large");
        case RetryOutcome.Refused<?>(int status, String excerpt) -> givenUp(status + " " + excerpt);
        case RetryOutcome.Stopped<?> _ -> false;
      };
    }

    private BackendAnswer<Backend.Nothing> attempt() {
      @Nullable QueuedResult other = queue.exchange(current);
      if (other != null) {
        current = other;
        MDC.put(ActionContext.MDC_KEY, current.id().value());
      }
      BackendAnswer<Backend.Nothing> answer = send(current);
      if (answer instanceof BackendAnswer.RetryLater) {
        queue.failed(current);
      }
      return answer;
    }

    /** The backend took others since it failed: it is tried once, and holds up nobody. */
    private boolean tellOdd() {
      BackendAnswer<Backend.Nothing> answer = send(current);
      return switch (answer) {
        case BackendAnswer.Done<?> _ -> acknowledged();
        case BackendAnswer.TooLarge<?> _ -> givenUp("it is too large");
        case BackendAnswer.Refused<?>(int status, String excerpt) ->
            givenUp(status + " " + excerpt);
        case BackendAnswer.Unauthorized<?>(int status) -> setAside(answer, "status " + status);
        case BackendAnswer.RetryLater<?>(String cause, _) -> setAside(answer, cause);
      };
    }

    private boolean setAside(BackendAnswer<?> answer, String cause) {
      queue.failed(current);
      Duration pause = queue.setAside(current, retry.delay(current.failures(), answer));
      isOver = false;
      log.warn(
          "Backend takes other results but not this one, trying again in {} s: {}",
          pause.toSeconds(),
          cause);
      return true;
    }

    private boolean givenUp(String why) {
      log.error("Backend refused the result: {}", why);
      return acknowledged();
    }

    private boolean acknowledged() {
      queue.taken();
      if (current.isJournaled()) {
        ActionId id = current.id();
        owed.acknowledged(id); // By now: its mark may wait for long.
        if (!behind.submit(() -> mark(id))) {
          owed.marked(id);
          overflowed();
        }
      }
      return true;
    }
  }

  private BackendAnswer<Backend.Nothing> send(QueuedResult result) {
    return backend.sendResult(
        new ResultRequest(
            identity.clusterId(),
            identity.agentId(),
            result.id(),
            clock.instant(),
            result.result()));
  }

  private void mark(ActionId id) {
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, id.value())) {
      journal.reported(id);
      rereading.succeeded();
    } catch (IOException e) {
      // Told again when the journal is read again; the backend then answers that it knows.
      log.warn("The result is reported but not marked so: {}", e.getMessage());
      rereading.askAfterFailure();
    } finally {
      owed.marked(id);
    }
  }
}
