package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has work done one piece after the other for each target, in the order in which it came, and for
 * several targets at once; targets take turns. How much waits is bounded by whoever submits.
 * Nothing is done before {@link #start}. Safe for use by several threads.
 *
 * @param <T> a piece of work
 */
final class TargetQueues<T> {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final int parallelism;
  private final Consumer<? super T> worker;

  // All guarded by this.
  private final Map<Target, Deque<T>> waiting = new HashMap<>();
  private final Map<Target, T> busy = new HashMap<>(); // what is worked on
  private final SequencedSet<Target> ready = new LinkedHashSet<>(); // waits and is not busy
  private boolean running;
  private final Set<Target> parked = new HashSet<>(); // busy, but only waits
  private final Set<Target> returning = new HashSet<>(); // parked, and to have the next turn

  /** Queues of which a worker works on so many targets at once, on virtual threads. */
  TargetQueues(int parallelism, Consumer<? super T> worker) {
    this.parallelism = parallelism;
    this.worker = worker;
  }

  /** Begins with what was submitted; again is fine. */
  synchronized void start() {
    if (!threads.isShutdown()) {
      running = true;
      startNext();
    }
  }

  /** Lines work up behind the earlier ones of its target; returns at once. */
  synchronized void submit(Target target, T piece) {
    waiting.computeIfAbsent(target, _ -> new ArrayDeque<>()).add(piece);
    if (!busy.containsKey(target)) {
      ready.add(target);
    }
    startNext();
  }

  /** Takes back what waits; false if it has begun, or was never here. */
  synchronized boolean withdraw(Target target, T piece) {
    @Nullable Deque<T> queue = waiting.get(target);
    if (queue == null || !queue.remove(piece)) {
      return false;
    }
    if (queue.isEmpty()) {
      waiting.remove(target);
      ready.remove(target);
    }
    return true;
  }

  /** Called under the lock. */
  private void startNext() {
    while (running && working() + returning.size() < parallelism && !ready.isEmpty()) {
      Target target = ready.removeFirst();
      Deque<T> queue = waiting.getOrDefault(target, new ArrayDeque<>());
      T piece = queue.remove();
      if (queue.isEmpty()) {
        waiting.remove(target);
      }
      busy.put(target, piece);
      threads.execute(() -> work(target, piece));
    }
  }

  /** Called under the lock. */
  private int working() {
    return busy.size() - parked.size();
  }

  /**
   * This work only waits from now on, if it is under way here: that on another target has its turn
   * meanwhile. Ends with {@link #tryUnpark}, or with the work. How much is parked is bounded by the
   * caller.
   */
  synchronized void park(Target target, T piece) {
    if (piece.equals(busy.get(target))) {
      parked.add(target);
      returning.remove(target);
      startNext();
    }
  }

  /**
   * Whether this work has a turn again, or never gave it away. If not, it is to ask again soon: it
   * comes before all that has not begun.
   */
  synchronized boolean tryUnpark(Target target, T piece) {
    if (!piece.equals(busy.get(target)) || !parked.contains(target)) {
      return true;
    }
    if (working() >= parallelism) {
      returning.add(target);
      return false;
    }
    parked.remove(target);
    returning.remove(target);
    return true;
  }

  private void work(Target target, T piece) {
    try {
      worker.accept(piece);
    } finally {
      ended(target);
    }
  }

  private synchronized void ended(Target target) {
    busy.remove(target);
    parked.remove(target);
    returning.remove(target);
    if (waiting.containsKey(target)) {
      ready.add(target);
    }
    startNext();
  }

  /** Starts nothing more; what runs goes on. */
  synchronized void shutdown() {
    running = false;
    threads.shutdown();
  }

  /** Waits for what runs after a shutdown; what still runs after that time is interrupted. */
  void awaitEnd(Duration atMost) throws InterruptedException {
    if (!threads.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      threads.shutdownNow();
    }
  }
}
