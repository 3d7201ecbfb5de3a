package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Asks the backend for actions: an interval after the last answer, and after a failure no sooner
 * than section 1 of the protocol allows. Whoever runs it asks often, so that a changed interval has
 * effect at once and a long one is no stall. For use by one thread at a time.
 */
final class Polling {
  private final Supplier<BackendAnswer<List<ReceivedEnvelope>>> call;
  private final Supplier<Duration> interval;
  private final Consumer<ReceivedEnvelope> inbox;
  private final BackendRetry retry;
  private final ComponentHealth health;
  private final Ticker ticker;

  private boolean polled;
  private long lastNanos;
  private int failures;

  /** Between the last answer and the next poll, whatever the interval. */
  private Duration atLeast = Duration.ZERO;

  /** Polls with this call; the first time at once. */
  Polling(
      Supplier<BackendAnswer<List<ReceivedEnvelope>>> call,
      Supplier<Duration> interval,
      Consumer<ReceivedEnvelope> inbox,
      BackendRetry retry,
      ComponentHealth health,
      Ticker ticker) {
    this.call = call;
    this.interval = interval;
    this.inbox = inbox;
    this.retry = retry;
    this.health = health;
    this.ticker = ticker;
  }

  /** Polls if it is time to; tells the health in any case that the loop came round. */
  void pollIfDue() {
    if (isDue()) {
      BackendAnswer<List<ReceivedEnvelope>> answer = call.get();
      take(answer);
      failures = answer instanceof BackendAnswer.Done ? 0 : failures + 1;
      atLeast = retry.delay(failures, answer);
      lastNanos = ticker.nanos();
      polled = true;
    } else {
      health.progress();
    }
  }

  private boolean isDue() {
    Duration passed = Duration.ofNanos(ticker.nanos() - lastNanos);
    return !polled || (passed.compareTo(interval.get()) >= 0 && passed.compareTo(atLeast) >= 0);
  }

  private void take(BackendAnswer<List<ReceivedEnvelope>> answer) {
    switch (answer) {
      case BackendAnswer.Done<List<ReceivedEnvelope>>(var envelopes) -> {
        envelopes.forEach(inbox);
        health.succeeded();
      }
      case BackendAnswer.RetryLater<?>(var cause, _) -> health.failed("poll: " + cause);
      case BackendAnswer.Unauthorized<?>(int status) ->
          health.failed("poll: the backend does not accept the API key (" + status + ")");
      case BackendAnswer.TooLarge<?> _ -> health.failed("poll: 413");
      case BackendAnswer.Refused<?>(int status, var excerpt) ->
          health.failed("poll: " + status + " " + excerpt);
    }
  }
}
