package com.mloptimizer.agent.sandbox.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What the backend is told to do wrong. Safe for use by several threads. */
public final class Misbehaviour {
  private static final int MAX_TIMES = 1000;

  // Guarded by this.
  private final Map<ApiCall, Queue<Fault>> faults = new EnumMap<>(ApiCall.class);
  private final Queue<Fault> upgrades = new ArrayDeque<>();
  private boolean ignorePings;

  Misbehaviour() {}

  /**
   * One answer that goes wrong: a wait, then a status unless it is 0, which means the right one.
   */
  record Fault(Duration delay, int status, @Nullable Duration retryAfter, Runnable reaction) {
    Fault(Duration delay, int status, @Nullable Duration retryAfter) {
      this(delay, status, retryAfter, () -> {});
    }
  }

  /** The next calls of that kind are answered with a status. */
  public void answer(ApiCall call, int status, int times) {
    plan(call, new Fault(Duration.ZERO, status, null), times);
  }

  /** The same, with {@code Retry-After}. */
  public void answer(ApiCall call, int status, Duration retryAfter, int times) {
    plan(call, new Fault(Duration.ZERO, status, retryAfter), times);
  }

  /** The next calls of that kind are answered rightly, but late. */
  public void delay(ApiCall call, Duration delay, int times) {
    plan(call, new Fault(delay, 0, null), times);
  }

  /** Does something when the next call of that kind has come and is not taken yet. */
  public void before(ApiCall call, Runnable reaction) {
    plan(call, new Fault(Duration.ZERO, 0, null, reaction), 1);
  }

  /** Does something when the next call of that kind has come, and refuses it. */
  public void insteadOf(ApiCall call, Runnable reaction) {
    plan(call, new Fault(Duration.ZERO, 503, null, reaction), 1);
  }

  /** The next WebSocket upgrades are refused with a status. */
  public synchronized void refuseUpgrades(int status, @Nullable Duration retryAfter, int times) {
    for (int i = 0; i < Math.min(times, MAX_TIMES); i++) {
      upgrades.add(new Fault(Duration.ZERO, status, retryAfter));
    }
  }

  /** Whether WebSocket pings stay unanswered from now on. */
  public synchronized void ignorePings(boolean ignore) {
    ignorePings = ignore;
  }

  /** Behaves from now on. */
  public synchronized void none() {
    faults.clear();
    upgrades.clear();
    ignorePings = false;
  }

  synchronized Optional<Fault> next(ApiCall call) {
    Queue<Fault> planned = faults.get(call);
    return planned == null ? Optional.empty() : Optional.ofNullable(planned.poll());
  }

  synchronized Optional<Fault> nextUpgrade() {
    return Optional.ofNullable(upgrades.poll());
  }

  synchronized boolean ignoresPings() {
    return ignorePings;
  }

  private synchronized void plan(ApiCall call, Fault fault, int times) {
    Queue<Fault> planned = faults.computeIfAbsent(call, _ -> new ArrayDeque<>());
    for (int i = 0; i < times && planned.size() < MAX_TIMES; i++) {
      planned.add(fault);
    }
  }
}
