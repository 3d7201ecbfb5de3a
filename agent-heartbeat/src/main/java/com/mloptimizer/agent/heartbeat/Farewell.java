package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.Backend.Nothing;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last heartbeat and the deregistration. Either is worth a second and a half and no more: the
 * pod is going to be killed, and a backend that misses them sees the silence anyway.
 */
final class Farewell {
  private static final Logger log = LoggerFactory.getLogger(Farewell.class);
  private static final Duration BOUND = Duration.ofMillis(1500);

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

  private void attempt(String call, Supplier<BackendAnswer<Nothing>> attempt)
      throws InterruptedException {
    Optional<BackendAnswer<Nothing>> answer = BoundedCall.of(call, attempt).within(BOUND);
    if (answer.isEmpty()) {
      log.warn("Backend did not take the {} within {} ms", call, BOUND.toMillis());
    } else if (answer.get() instanceof BackendAnswer.Done<?>) {
      log.debug("Backend took the {}", call);
    } else {
      log.warn("Backend did not take the {}: {}", call, answer.get());
    }
  }
}
