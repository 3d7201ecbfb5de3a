package com.mloptimizer.agent.core.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class LifecycleTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00.123Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START.plusNanos(456));
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.COLLECTOR, now::get, nanos::get);

  private void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void status_fresh_isHealthyWithoutSuccess() {
    assertThat(health.status()).isEqualTo(new ComponentStatus(true, START, null, 0, null));
    assertThat(health.name()).isEqualTo(ComponentName.COLLECTOR);
  }

  @Test
  void status_failuresInARow_keepTheFirstTimeAndTheLastReason() {
    pass(Duration.ofSeconds(1));
    health.failed("first");
    pass(Duration.ofSeconds(1));
    health.failed("second");

    assertThat(health.status())
        .isEqualTo(new ComponentStatus(false, START.plusSeconds(1), null, 0, "second"));
  }

  @Test
  void status_successAfterFailure_isHealthySinceThen() {
    health.failed("x");
    pass(Duration.ofSeconds(3));
    health.succeeded();
    Instant then = START.plusSeconds(3);
    pass(Duration.ofSeconds(4));
    health.succeeded();

    assertThat(health.status())
        .isEqualTo(new ComponentStatus(true, then, START.plusSeconds(7), 0, null));
  }

  @Test
  void status_succeededDespiteSomething_isUnhealthyWithASuccess() {
    pass(Duration.ofSeconds(1));
    health.succeededDespite("the backend is away");
    pass(Duration.ofSeconds(1));
    health.succeededDespite("the backend is away");

    assertThat(health.status())
        .isEqualTo(
            new ComponentStatus(
                false, START.plusSeconds(1), START.plusSeconds(2), 0, "the backend is away"));
    assertThat(health.sinceProgress()).isZero();
  }

  @Test
  void sinceSuccess_countsFromTheFirstStartUntilThereIsOne() {
    pass(Duration.ofHours(1));
    assertThat(health.sinceSuccess()).as("waits for its turn").isEmpty();

    health.begun();
    pass(Duration.ofSeconds(5));
    health.failed("x");
    health.begun();
    pass(Duration.ofSeconds(5));
    assertThat(health.sinceSuccess()).hasValue(Duration.ofSeconds(10));

    health.succeeded();
    pass(Duration.ofSeconds(3));
    assertThat(health.sinceSuccess()).hasValue(Duration.ofSeconds(3));
  }

  @Test
  void status_restarted_countsAndIsUnhealthy() {
    health.restarted("stalled");
    health.restarted("stalled again");

    assertThat(health.status())
        .isEqualTo(new ComponentStatus(false, START, null, 2, "stalled again"));
  }

  @Test
  void sinceProgress_overflowOfTheTicker_isTheDifference() {
    pass(Duration.ofSeconds(9));
    assertThat(health.sinceProgress()).isEqualTo(Duration.ofSeconds(9));

    for (Runnable sign :
        new Runnable[] {
          health::progress, health::succeeded, () -> health.failed("x"), () -> health.restarted("x")
        }) {
      pass(Duration.ofSeconds(1));
      sign.run();
      assertThat(health.sinceProgress()).isZero();
    }
  }

  @Test
  void progress_alone_changesNoStatus() {
    health.failed("x");
    ComponentStatus before = health.status();
    pass(Duration.ofSeconds(1));
    health.progress();

    assertThat(health.status()).isEqualTo(before);
  }

  @Test
  void await_requestedTwice_returnsAtOnceWhateverTheTime() throws InterruptedException {
    StopSignal signal = new StopSignal();
    assertThat(signal.isRequested()).isFalse();
    signal.request();
    signal.request();

    assertThat(signal.isRequested()).isTrue();
    assertThat(signal.await(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
    assertThat(signal.await(Duration.ofSeconds(-1))).isTrue();
  }

  @Test
  void await_timePassesFirst_saysThatNobodyAsked() throws InterruptedException {
    StopSignal signal = new StopSignal();

    assertThat(signal.await(Duration.ofMillis(1))).isFalse();
    assertThat(signal.await(Duration.ZERO)).isFalse();
    assertThat(signal.await(Duration.ofSeconds(-1))).isFalse();
  }

  @Test
  void request_whileSomebodyWaits_wakesIt() throws Exception {
    StopSignal signal = new StopSignal();
    CompletableFuture<Boolean> woken = new CompletableFuture<>();
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                woken.complete(signal.await(Duration.ofSeconds(Long.MAX_VALUE)));
              } catch (InterruptedException e) {
                woken.completeExceptionally(e);
              }
            });
    signal.request();

    assertThat(woken.get(10, TimeUnit.SECONDS)).isTrue();
    waiting.join();
  }
}
