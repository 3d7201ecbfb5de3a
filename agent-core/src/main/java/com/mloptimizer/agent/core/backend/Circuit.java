package com.mloptimizer.agent.core.backend;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What all threads know together of a backend that does not answer: while most calls fail, the next
 * ones fail at once instead of each waiting for its own timeout, so that a black hole does not hold
 * up every loop of the agent.
 */
final class Circuit {
  private static final int WINDOW = 10;
  private static final int MIN_CALLS = 5;
  private static final float FAILURE_RATE_PERCENT = 80;

  private final CircuitBreaker breaker;

  Circuit(Duration open, BackendMetrics metrics) {
    this.breaker =
        CircuitBreaker.of(
            "backend",
            CircuitBreakerConfig.custom()
                .slidingWindowSize(WINDOW)
                .minimumNumberOfCalls(MIN_CALLS)
                .failureRateThreshold(FAILURE_RATE_PERCENT)
                .waitDurationInOpenState(open)
                .permittedNumberOfCallsInHalfOpenState(1)
                // A permit that is never given back would block the half-open state for good.
                .maxWaitDurationInHalfOpenState(Duration.ofMinutes(1))
                .build());
    breaker
        .getEventPublisher()
        .onStateTransition(e -> tell(e.getStateTransition().getToState(), metrics));
  }

  /** Half open is still open for all but one call. */
  private static void tell(CircuitBreaker.State state, BackendMetrics metrics) {
    switch (state) {
      case OPEN, FORCED_OPEN -> metrics.circuitOpened();
      case CLOSED, DISABLED, METRICS_ONLY -> metrics.circuitClosed();
      case HALF_OPEN -> {}
    }
  }

  /** Whether to make a call now; if so, {@link #ended} must follow. */
  boolean permits() {
    return breaker.tryAcquirePermission();
  }

  /**
   * A call has ended.
   *
   * @param answered whether the backend said anything that makes sense of it
   */
  void ended(boolean answered, long nanos) {
    if (answered) {
      breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    } else {
      breaker.onError(nanos, TimeUnit.NANOSECONDS, new Unanswered());
    }
  }

  /** The breaker wants an exception; nobody looks at this one. */
  private static final class Unanswered extends Exception {
    private static final long serialVersionUID = 1;

    Unanswered() {
      super("backend did not answer", null, false, false);
    }
  }
}
