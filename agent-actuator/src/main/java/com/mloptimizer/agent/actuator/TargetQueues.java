package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one after the other for each target, and for several targets at once. How many wait is
 * bounded by whoever submits: {@link #submit} blocks while there is no room.
 */
final class TargetQueues {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore room;
  private final Semaphore parallel;
  private final ActuatorMetrics metrics;

  // Guarded by this: the tasks that wait for each target that somebody works on.
  private final Map<Target, Deque<Runnable>> waiting = new HashMap<>();
  private boolean closed;

  TargetQueues(ActuatorSettings settings, ActuatorMetrics metrics) {
    this.room = new Semaphore(settings.queueCapacity());
    this.parallel = new Semaphore(settings.parallelism(), true);
    this.metrics = metrics;
  }

  /** Lines a task up behind the earlier ones of its target. */
  void submit(Target target, Runnable task) throws InterruptedException {
    room.acquire();
    metrics.waiting(1);
    synchronized (this) {
      @Nullable Deque<Runnable> queue = waiting.get(target);
      if (queue != null) {
        queue.add(task);
        return;
      }
      waiting.put(target, new ArrayDeque<>());
    }
    threads.execute(() -> work(target, task));
  }

  private void work(Target target, Runnable first) {
    @Nullable Runnable task = first;
    while (task != null) {
      parallel.acquireUninterruptibly();
      try {
        room.release();
        metrics.waiting(-1);
        if (!isClosed()) {
          task.run();
        }
      } finally {
        parallel.release();
      }
      task = next(target);
    }
  }

  private synchronized @Nullable Runnable next(Target target) {
    Deque<Runnable> queue = waiting.getOrDefault(target, new ArrayDeque<>());
    @Nullable Runnable task = queue.poll();
    if (task == null) {
      waiting.remove(target);
    }
    return task;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Starts nothing more and waits for what runs; what still runs after that time is interrupted.
   * What did not run is in the journal.
   */
  void close(Duration atMost) throws InterruptedException {
    synchronized (this) {
      closed = true;
    }
    threads.shutdown();
    if (!threads.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      threads.shutdownNow();
    }
  }
}
