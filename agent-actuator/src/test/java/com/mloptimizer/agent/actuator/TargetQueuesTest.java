package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TargetQueuesTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final List<String> done = new ArrayList<>(); // guarded by itself
  private final Semaphore mayEnd = new Semaphore(0);
  private final Semaphore begun = new Semaphore(0);
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();
  private final TargetQueues<String> queues = new TargetQueues<>(2, this::work);

  private void work(String piece) {
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    begun.release();
    mayEnd.acquireUninterruptibly();
    synchronized (done) {
      done.add(piece);
    }
    atOnce.decrementAndGet();
  }

  @AfterEach
  void stop() throws Exception {
    mayEnd.release(1000);
    queues.shutdown();
    queues.awaitEnd(SOON);
  }

  @Test
  void submit_sameTarget_isDoneInOrder() throws Exception {
    for (int i = 0; i < 100; i++) {
      queues.submit(target("a"), "a" + i);
    }
    queues.start();
    mayEnd.release(100);

    assertThat(awaitDone(100)).isSortedAccordingTo((x, y) -> number(x) - number(y));
    assertThat(mostAtOnce).hasValue(1);
  }

  @Test
  void submit_manyTargets_asManyAtOnceAsToldAndEachInOrder() throws Exception {
    queues.start();
    for (int i = 0; i < 30; i++) {
      queues.submit(target("t" + i % 3), i % 3 + "-" + i);
    }
    assertThat(begun.tryAcquire(2, 10, TimeUnit.SECONDS)).isTrue();
    mayEnd.release(30);

    List<String> order = awaitDone(30);
    assertThat(mostAtOnce).hasValue(2);
    for (int t = 0; t < 3; t++) {
      String prefix = t + "-";
      assertThat(order.stream().filter(piece -> piece.startsWith(prefix)))
          .isSortedAccordingTo((x, y) -> number(x.substring(2)) - number(y.substring(2)))
          .hasSize(10);
    }
  }

  @Test
  void submit_oneTargetStuck_othersGoOn() throws Exception {
    queues.start();
    queues.submit(target("stuck"), "stuck");
    begun.acquire();
    for (int i = 0; i < 10; i++) {
      queues.submit(target("stuck"), "behind-" + i);
    }
    queues.submit(target("free"), "free");

    assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void start_notYet_nothingIsDone() {
    queues.submit(target("a"), "a");
    assertThat(begun.tryAcquire()).isFalse();
  }

  @Test
  void withdraw_waiting_isNeverDone() throws Exception {
    queues.start();
    queues.submit(target("a"), "first");
    queues.submit(target("a"), "second");
    queues.submit(target("a"), "third");
    begun.acquire();

    assertThat(queues.withdraw(target("a"), "second")).isTrue();
    assertThat(queues.withdraw(target("a"), "second")).as("twice").isFalse();
    assertThat(queues.withdraw(target("a"), "first")).as("has begun").isFalse();
    assertThat(queues.withdraw(target("b"), "first")).as("never was there").isFalse();
    mayEnd.release(2);

    assertThat(awaitDone(2)).containsExactly("first", "third");
  }

  @Test
  void shutdown_whatWaitsIsNotDoneAndWhatRunsEnds() throws Exception {
    queues.start();
    queues.submit(target("a"), "first");
    queues.submit(target("a"), "second");
    begun.acquire();
    queues.shutdown();
    queues.start(); // As a loop does that was started once more.
    mayEnd.release(2);
    queues.awaitEnd(SOON);

    assertThat(awaitDone(1)).containsExactly("first");
  }

  @Test
  void work_fails_theTargetGoesOn() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    TargetQueues<Boolean> failing =
        new TargetQueues<>(
            1,
            fails -> {
              if (fails) {
                Thread.currentThread().setUncaughtExceptionHandler((_, _) -> {});
                throw new IllegalStateException("on purpose");
              }
              second.countDown();
            });
    failing.start();
    failing.submit(target("a"), true);
    failing.submit(target("a"), false);

    assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
    failing.shutdown();
    failing.awaitEnd(SOON);
  }

  private List<String> awaitDone(int count) {
    return RunningActuator.await(
        count + " pieces",
        () -> {
          synchronized (done) {
            return done.size() >= count ? Optional.of(List.copyOf(done)) : Optional.empty();
          }
        });
  }

  private static int number(String piece) {
    return Integer.parseInt(piece.replaceAll("[^0-9]", ""));
  }

  private static Target target(String name) {
    return new Target("Node", null, name);
  }
}
