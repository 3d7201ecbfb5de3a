package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.Target;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ParkedWorkTest {
  private final CountDownLatch parked = new CountDownLatch(1);
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final CountDownLatch otherBegan = new CountDownLatch(1);
  private final CountDownLatch otherMayEnd = new CountDownLatch(1);
  private final CountDownLatch wentOn = new CountDownLatch(1);
  private final AtomicInteger active = new AtomicInteger();
  private final List<Integer> mostActive = new CopyOnWriteArrayList<>();

  private static Target node(String name) {
    return new Target("Node", null, name);
  }

  @Test
  void park_whileOneWaits_anotherTargetHasItsTurnAndTheFirstGoesOnAfterIt() throws Exception {
    TargetQueues<Runnable> queues = new TargetQueues<>(1, Runnable::run);
    queues.start();
    queues.submit(node("a"), () -> waiting(queues));
    await(parked);
    queues.submit(node("b"), this::other);
    await(otherBegan);
    mayGoOn.countDown();
    assertThat(wentOn.await(200, TimeUnit.MILLISECONDS)).as("two at once").isFalse();
    otherMayEnd.countDown();
    await(wentOn);
    queues.shutdown();
    queues.awaitEnd(Duration.ofSeconds(10));
    assertThat(mostActive).allMatch(most -> most == 1);
  }

  @Test
  void tryUnpark_noTurnIsFree_saysSoAndTheNextTurnIsKept() throws Exception {
    TargetQueues<Runnable> queues = new TargetQueues<>(1, Runnable::run);
    queues.start();
    queues.submit(node("a"), () -> waiting(queues));
    await(parked);
    queues.submit(node("b"), this::other);
    await(otherBegan);
    assertThat(queues.tryUnpark(node("a"))).isFalse();
    CountDownLatch third = new CountDownLatch(1);
    queues.submit(node("c"), third::countDown);
    otherMayEnd.countDown();
    assertThat(third.await(200, TimeUnit.MILLISECONDS)).as("the turn is kept").isFalse();
    mayGoOn.countDown();
    await(wentOn);
    await(third);
    queues.shutdown();
    queues.awaitEnd(Duration.ofSeconds(10));
  }

  @Test
  void park_workThatEndsParked_freesNothingTwice() throws Exception {
    TargetQueues<Runnable> queues = new TargetQueues<>(1, Runnable::run);
    queues.start();
    CountDownLatch ended = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      Target target = node("n" + i);
      queues.submit(
          target,
          () -> {
            queues.park(target);
            ended.countDown();
          });
    }
    await(ended);
    queues.submit(node("b"), this::other);
    queues.submit(node("c"), this::other);
    await(otherBegan);
    otherMayEnd.countDown();
    queues.shutdown();
    queues.awaitEnd(Duration.ofSeconds(10));
    assertThat(mostActive).allMatch(most -> most == 1);
  }

  private void waiting(TargetQueues<Runnable> queues) {
    queues.park(node("a"));
    parked.countDown();
    try {
      await(mayGoOn);
      while (!queues.tryUnpark(node("a"))) {
        LockSupport.parkNanos(1_000_000);
      }
      work();
      wentOn.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void other() {
    active.incrementAndGet();
    otherBegan.countDown();
    try {
      await(otherMayEnd);
      mostActive.add(active.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    active.decrementAndGet();
  }

  private void work() {
    mostActive.add(active.incrementAndGet());
    active.decrementAndGet();
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
