package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The results that wait to be told, in the order in which they came; those that failed a few times
 * stand aside, so that one that the backend cannot store does not hold up the others. In an outage
 * all of them take turns, and none waits for longer than the others. Safe for use by several
 * threads.
 */
final class ResultQueue {
  private static final int CAPACITY = 1000;
  private static final int MAX_ASIDE = 1000;

  /** After so many failures in a row another one has its turn. */
  private static final int ATTEMPTS = 3;

  /** How soon one that stood aside is noticed to be due. */
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final BlockingQueue<QueuedResult> fresh = new LinkedBlockingQueue<>(CAPACITY);
  private final Ticker ticker;

  /** Offered and not told yet. */
  private final AtomicInteger untold = new AtomicInteger();

  // All guarded by this.
  /** What stands aside, first what is due first. */
  private final Queue<QueuedResult> aside =
      new PriorityQueue<>((one, other) -> Long.signum(one.dueNanos() - other.dueNanos()));

  /** How many the backend has taken. */
  private long taken;

  ResultQueue(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Takes a result if there is room; returns at once. */
  boolean offer(QueuedResult result) {
    untold.incrementAndGet();
    boolean hasRoom = fresh.offer(result);
    if (!hasRoom) {
      untold.decrementAndGet();
    }
    return hasRoom;
  }

  /** Whether none waits but what stands aside. */
  boolean isEmpty() {
    return fresh.isEmpty();
  }

  /** Whether some were offered and not told. */
  boolean hasUntold() {
    return untold.get() > 0;
  }

  /** The next one, as soon as there is one; {@link #leave} or {@link #setAside} must follow. */
  QueuedResult take() throws InterruptedException {
    while (true) {
      @Nullable QueuedResult next = pollAside();
      if (next == null) {
        next = fresh.poll(ROUND.toMillis(), TimeUnit.MILLISECONDS);
      }
      if (next != null) {
        return next;
      }
    }
  }

  /** Another one that is to be tried instead of this, which has failed too often; null if none. */
  synchronized @Nullable QueuedResult exchange(QueuedResult failing) {
    if (failing.failures() < ATTEMPTS || aside.size() >= MAX_ASIDE) {
      return null;
    }
    @Nullable QueuedResult other = fresh.poll();
    if (other == null) {
      other = pollAside();
    }
    if (other != null) {
      failing.dueAt(ticker.nanos()); // Behind those that stand aside already.
      aside.add(failing);
    }
    return other;
  }

  /** The backend did not take it this time. */
  synchronized void failed(QueuedResult result) {
    result.failed(taken);
  }

  /** Whether the backend did not take it while it took others. */
  synchronized boolean isOdd(QueuedResult result) {
    return result.isOdd(taken);
  }

  /** Puts away what fails by its own fault, for ever longer; returns for how long. */
  synchronized Duration setAside(QueuedResult result, Duration atLeast) {
    Duration own = result.pauseLonger();
    Duration pause = own.compareTo(atLeast) > 0 ? own : atLeast;
    result.dueAt(ticker.nanos() + pause.toNanos());
    aside.add(result);
    return pause;
  }

  /** The backend has taken one. */
  synchronized void taken() {
    taken++;
  }

  /** The one that was taken out is done with. */
  void leave() {
    untold.decrementAndGet();
  }

  private synchronized @Nullable QueuedResult pollAside() {
    @Nullable QueuedResult first = aside.peek();
    return first != null && ticker.nanos() - first.dueNanos() >= 0 ? aside.poll() : null;
  }
}
