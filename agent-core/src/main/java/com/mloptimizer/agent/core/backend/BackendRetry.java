package com.mloptimizer.agent.core.backend;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that tries again. Waits with full jitter, never less than the backend asks for, and
 * a minute after a refused key; meanwhile the component that waits is unhealthy but not stalled.
 * Safe for use by several threads.
 */
public final class BackendRetry {
  private static final Logger log = LoggerFactory.getLogger(BackendRetry.class);
  private static final Duration AFTER_UNAUTHORIZED = Duration.ofMinutes(1);

  /** One failure that costs less is no outage: a backend may throttle each of many calls so. */
  private static final Duration BRIEF = Duration.ofSeconds(10);

  /** Shorter than any component's progress bound. */
  private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);

  private final Backoff backoff;
  private final BackendMetrics metrics;
  private final Ticker ticker;
  private final Retry retry;

  /** Retries with those delays, and counts them. */
  public BackendRetry(Backoff backoff, BackendMetrics metrics, Ticker ticker) {
    this.backoff = backoff;
    this.metrics = metrics;
    this.ticker = ticker;
    this.retry =
        Retry.of(
            "backend",
            RetryConfig.<BackendAnswer<?>>custom()
                .maxAttempts(Integer.MAX_VALUE)
                .retryOnResult(BackendRetry::isRetryable)
                .intervalBiFunction((failures, result) -> delay(failures, result.get()).toMillis())
                .build());
  }

  /**
   * Makes a call until it is answered in a way that trying again would not change. An outage, which
   * is more than one failed attempt or a long wait, is logged when it begins and when it ends.
   * Health: {@code failed} after each failed attempt and {@code progress} while waiting; that it
   * {@code succeeded} is for the caller to say.
   *
   * @param call what is tried, for log lines and metrics, for example {@code metrics}
   * @param stop ends the waiting, not an attempt that is under way
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public <T> RetryOutcome<T> untilAnswered(
      String call, ComponentHealth health, StopSignal stop, Supplier<BackendAnswer<T>> attempt)
      throws InterruptedException {
    Retry.AsyncContext<BackendAnswer<T>> context = retry.asyncContext();
    Outage outage = new Outage(call);
    while (true) {
      BackendAnswer<T> answer = attempt.get();
      Duration delay = Duration.ofMillis(context.onResult(answer));
      switch (answer) {
        case BackendAnswer.Done<T>(T body) -> {
          outage.ended();
          return new RetryOutcome.Done<>(body);
        }
        case BackendAnswer.TooLarge<T> _ -> {
          outage.ended();
          return new RetryOutcome.TooLarge<>();
        }
        case BackendAnswer.Refused<T>(int status, String excerpt) -> {
          outage.ended();
          return new RetryOutcome.Refused<>(status, excerpt);
        }
        case BackendAnswer.Unauthorized<T>(int status) ->
            outage.goesOn("status " + status + ", the API key is not accepted", delay, health);
        case BackendAnswer.RetryLater<T>(String cause, _) -> outage.goesOn(cause, delay, health);
      }
      if (await(delay, health, stop)) {
        return new RetryOutcome.Stopped<>();
      }
      metrics.retried(call);
    }
  }

  private static boolean isRetryable(BackendAnswer<?> answer) {
    return answer instanceof BackendAnswer.Unauthorized
        || answer instanceof BackendAnswer.RetryLater;
  }

  /**
   * How long to stay away from the backend at least.
   *
   * @param failures how many attempts in a row have failed
   * @param answer to the last of them; nothing is to be waited for after one that trying again
   *     would not change
   */
  public Duration delay(int failures, BackendAnswer<?> answer) {
    return switch (answer) {
      case BackendAnswer.RetryLater<?> later -> {
        Duration delay = backoff.delay(failures);
        Duration wish = later.retryAfter();
        // On top of the wish: a backend tells all of its agents the same when it goes down.
        yield wish == null ? delay : wish.plus(delay);
      }
      case BackendAnswer.Unauthorized<?> _ -> AFTER_UNAUTHORIZED;
      case BackendAnswer.Done<?> _, BackendAnswer.TooLarge<?> _, BackendAnswer.Refused<?> _ ->
          Duration.ZERO;
    };
  }

  private boolean await(Duration delay, ComponentHealth health, StopSignal stop)
      throws InterruptedException {
    long until = ticker.nanos() + delay.toNanos();
    for (long left = delay.toNanos(); left > 0; left = until - ticker.nanos()) {
      if (stop.await(Duration.ofNanos(Math.min(left, PROGRESS_EVERY.toNanos())))) {
        return true;
      }
      health.progress();
    }
    return stop.isRequested();
  }

  /** From the first failed attempt of a call to the one that was answered. */
  private final class Outage {
    private final String call;
    private int failures;
    private long sinceNanos;
    private boolean told;

    Outage(String call) {
      this.call = call;
    }

    void goesOn(String cause, Duration delay, ComponentHealth health) {
      health.failed("backend: " + call + ": " + cause);
      if (failures++ == 0) {
        sinceNanos = ticker.nanos();
      }
      if (!told && (failures > 1 || delay.compareTo(BRIEF) >= 0)) {
        told = true;
        log.warn("Backend does not take {}, trying again until it does: {}", call, cause);
      }
    }

    void ended() {
      if (told) {
        long seconds = Duration.ofNanos(ticker.nanos() - sinceNanos).toSeconds();
        log.info(
            "Backend answers {} again after {} s, {} attempts failed", call, seconds, failures);
      }
    }
  }
}
