package com.mloptimizer.agent.main.supervisor;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One component and its thread. All methods but {@link #stuck} are for the supervisor's thread. */
final class SupervisedComponent {
  private static final Logger log = LoggerFactory.getLogger(SupervisedComponent.class);

  /** A component that ran for so long has recovered: its earlier failures are forgotten. */
  private static final Duration RECOVERED = Duration.ofMinutes(1);

  /** How long an interrupted loop may take to end. */
  private static final Duration INTERRUPT_GRACE = Duration.ofSeconds(10);

  private final Component component;
  private final ComponentHealth health;
  private final Backoff backoff;
  private final Ticker ticker;

  private @Nullable Thread thread;
  private volatile @Nullable Throwable failure;
  private int failures;
  private long startedNanos;
  private long restartNanos;
  private boolean waiting;
  private long interruptedNanos;
  private boolean interrupted;
  private volatile @Nullable String stuck;

  SupervisedComponent(Component component, ComponentHealth health, Backoff backoff, Ticker ticker) {
    this.component = component;
    this.health = health;
    this.backoff = backoff;
    this.ticker = ticker;
  }

  /**
   * Why the component cannot be helped any more, if that is so. Safe for use by several threads.
   */
  Optional<String> stuck() {
    return Optional.ofNullable(stuck);
  }

  void start() {
    failure = null;
    interrupted = false;
    startedNanos = ticker.nanos();
    health.begun();
    thread =
        Thread.ofPlatform()
            .name(component.name().wireName())
            .uncaughtExceptionHandler((_, e) -> failure = e)
            .start(() -> {
              try {
                component.run();
              } catch (InterruptedException e) {
                failure = e;
              }
            });
  }

  /** One look: whatever ended is started anew, whatever stalls is interrupted. */
  void check() {
    long now = ticker.nanos();
    if (thread == null || !thread.isAlive()) {
      stuck = null;
      restart(now);
    } else if (interrupted) {
      if (now - interruptedNanos > INTERRUPT_GRACE.toNanos()) {
        stuck = component.name() + " hangs and does not react to an interrupt";
      }
    } else if (health.sinceProgress().compareTo(component.progressBound()) > 0) {
      log.error(
          "Component {} made no progress for {} s: interrupting it",
          component.name(),
          health.sinceProgress().toSeconds());
      interrupted = true;
      interruptedNanos = now;
      thread.interrupt();
    } else if (failures > 0 && now - startedNanos > RECOVERED.toNanos()) {
      failures = 0;
    }
  }

  private void restart(long now) {
    if (!waiting) {
      waiting = true;
      failures++;
      Duration delay = backoff.delay(failures);
      restartNanos = now + delay.toNanos();
      String reason = interrupted ? "it stalled" : "it ended with " + failure;
      log.error(
          "Component {} is started anew in {} ms: {}",
          component.name(),
          delay.toMillis(),
          reason,
          failure);
      health.restarted(reason);
    }
    if (now - restartNanos >= 0) {
      waiting = false;
      start();
    }
  }

  /**
   * Asks the component to end; it may take until {@link #join}'s time is over. A component that
   * fails even at this must not keep the others from ending in good order.
   */
  void stop() {
    try {
      component.stop();
    } catch (RuntimeException e) {
      log.error("Component {} failed when it was told to stop", component.name(), e);
    }
  }

  /** Waits for the component to end, and interrupts it if it does not. */
  void join(Duration atMost) throws InterruptedException {
    Thread running = thread;
    if (running != null && !running.join(atMost)) {
      log.warn("Component {} did not stop in {} s", component.name(), atMost.toSeconds());
      running.interrupt();
    }
  }
}
