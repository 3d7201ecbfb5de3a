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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ParkedWorkTest {
  private final TargetQueues<Runnable> queues = new TargetQueues<>(1, Runnable::run);
  private final Runnable waiter = this::waiting;
  private final CountDownLatch parked = new CountDownLatch(1);
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final CountDownLatch otherBegan = new CountDownLatch(1);
  private final CountDownLatch otherMayEnd = new CountDownLatch(1);
  private final CountDownLatch wentOn = new CountDownLatch(1);
  private final AtomicInteger active = new AtomicInteger();
  private final List<Integer> mostActive = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() throws Exception {
    queues.shutdown();
    queues.awaitEnd(Duration.ofSeconds(10));
  }

  private static Target node(String name) {
    return new Target("Node", null, name);
  }

  @Test
  void park_whileOneWaits_anotherTargetHasItsTurnAndTheFirstGoesOnAfterIt() throws Exception {
    parkOneAndBeginAnother();
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
    parkOneAndBeginAnother();
    assertThat(queues.tryUnpark(node("a"), waiter)).isFalse();
    CountDownLatch third = new CountDownLatch(1);
    queues.submit(node("c"), third::countDown);
    otherMayEnd.countDown();
    assertThat(third.await(200, TimeUnit.MILLISECONDS)).as("the turn is kept").isFalse();
    mayGoOn.countDown();
    await(wentOn);
    await(third);
  }

  @Test
  void park_whileItAsksForItsTurn_givesThatUp() throws Exception {
    parkOneAndBeginAnother();
    assertThat(queues.tryUnpark(node("a"), waiter)).isFalse();
    queues.park(node("a"), waiter);
    CountDownLatch third = new CountDownLatch(1);
    queues.submit(node("c"), third::countDown);
    otherMayEnd.countDown();
    await(third);
    mayGoOn.countDown();
    await(wentOn);
  }

  @Test
  void park_workThatEndsParked_freesNothingTwice() throws Exception {
    queues.start();
    CountDownLatch ended = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      Target target = node("n" + i);
      queues.submit(target, new Parker(target, ended));
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

  /** The work on a waits, and that on b has the only turn. */
  private void parkOneAndBeginAnother() throws InterruptedException {
    queues.start();
    queues.submit(node("a"), waiter);
    await(parked);
    queues.submit(node("b"), this::other);
    await(otherBegan);
  }

  /** Ends without having gone on. */
  private final class Parker implements Runnable {
    private final Target target;
    private final CountDownLatch ended;

    Parker(Target target, CountDownLatch ended) {
      this.target = target;
      this.ended = ended;
    }

    @Override
    public void run() {
      queues.park(target, this);
      ended.countDown();
    }
  }

  private void waiting() {
    queues.park(node("a"), waiter);
    parked.countDown();
    try {
      await(mayGoOn);
      while (!queues.tryUnpark(node("a"), waiter)) {
        LockSupport.parkNanos(1_000_000);
      }
      work();
      wentOn.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void park_byAnotherPieceOfTheSameTarget_givesNoTurnAway() throws Exception {
    queues.start();
    queues.submit(node("a"), this::other);
    await(otherBegan);
    queues.park(node("a"), waiter);
    CountDownLatch next = new CountDownLatch(1);
    queues.submit(node("b"), next::countDown);
    assertThat(next.await(200, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(queues.tryUnpark(node("a"), waiter)).as("it is not here").isTrue();
    otherMayEnd.countDown();
    await(next);
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
