package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A call to the backend that need not be waited for. It may take as long as the client's timeout,
 * which is meant for better times than a pod's last seconds; so it has a thread of its own, which
 * is interrupted and left behind.
 */
final class BoundedCall<T> {
  /** How often a call that goes on looks whether it is still wanted. */
  private static final Duration ROUND = Duration.ofMillis(100);

  private final FutureTask<BackendAnswer<T>> task;

  private BoundedCall(FutureTask<BackendAnswer<T>> task) {
    this.task = task;
  }

  /** Begins the call. */
  static <T> BoundedCall<T> of(String name, Supplier<BackendAnswer<T>> attempt) {
    FutureTask<BackendAnswer<T>> task = new FutureTask<>(attempt::get);
    Thread.ofVirtual().name("heartbeat " + name).start(task);
    return new BoundedCall<>(task);
  }

  /** The answer, if it comes in that time. */
  Optional<BackendAnswer<T>> within(Duration bound) throws InterruptedException {
    Optional<BackendAnswer<T>> answer = Optional.empty();
    try {
      answer = poll(bound);
    } finally {
      if (answer.isEmpty()) {
        task.cancel(true);
      }
    }
    return answer;
  }

  /**
   * The answer, however long it takes; once the agent is to stop, no longer than that, and then one
   * that says to try later.
   */
  BackendAnswer<T> orUntil(StopSignal stop, Duration grace) throws InterruptedException {
    while (!stop.isRequested()) {
      Optional<BackendAnswer<T>> answer = poll(ROUND);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    return within(grace)
        .orElseGet(() -> new BackendAnswer.RetryLater<>("given up, the agent stops", null));
  }

  private Optional<BackendAnswer<T>> poll(Duration atMost) throws InterruptedException {
    try {
      return Optional.of(task.get(atMost.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a call to the backend threw", e.getCause());
    }
  }
}
