package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last heartbeat and the deregistration. Either is worth two seconds and no more: the pod is
 * going to be killed, and a backend that misses them sees the silence anyway.
 */
final class Farewell {
  private static final Logger log = LoggerFactory.getLogger(Farewell.class);
  private static final Duration BOUND = Duration.ofSeconds(2);

  private final Backend backend;
  private final Messages messages;

  Farewell(Backend backend, Messages messages) {
    this.backend = backend;
    this.messages = messages;
  }

  void say() throws InterruptedException {
    attempt("last heartbeat", () -> backend.heartbeat(messages.lastHeartbeat()));
    attempt("deregistration", () -> backend.deregister(messages.deregister()));
  }

  private void attempt(String call, Supplier<? extends BackendAnswer<?>> attempt)
      throws InterruptedException {
    // A call takes as long as the client's timeout, which is meant for better times; so it has a
    // thread of its own that is left behind.
    FutureTask<BackendAnswer<?>> task = new FutureTask<>(attempt::get);
    Thread.ofVirtual().name("heartbeat-farewell").start(task);
    try {
      BackendAnswer<?> answer = task.get(BOUND.toNanos(), TimeUnit.NANOSECONDS);
      if (answer instanceof BackendAnswer.Done<?>) {
        log.debug("Backend took the {}", call);
      } else {
        log.warn("Backend did not take the {}: {}", call, answer);
      }
    } catch (TimeoutException e) {
      task.cancel(true);
      log.warn("Backend did not take the {} within {} s", call, BOUND.toSeconds());
    } catch (ExecutionException e) {
      log.warn("Could not send the {}", call, e.getCause());
    }
  }
}
