package com.mloptimizer.agent.core.backend;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.mloptimizer.agent.core.backend.BackendAnswer.Done;
import com.mloptimizer.agent.core.backend.BackendAnswer.Refused;
import com.mloptimizer.agent.core.backend.BackendAnswer.RetryLater;
import com.mloptimizer.agent.core.backend.BackendAnswer.TooLarge;
import com.mloptimizer.agent.core.backend.BackendAnswer.Unauthorized;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.ComponentName;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(30)
class BackendRetryTest {
  private final CollectorRegistry registry = new CollectorRegistry();
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.COLLECTOR, InstantSource.system(), Ticker.system());
  private final StopSignal stop = new StopSignal();
  private final BackendRetry retry =
      new BackendRetry(
          new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), () -> 0.99),
          new BackendMetrics(registry),
          Ticker.system());
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    ((Logger) LoggerFactory.getLogger(BackendRetry.class)).addAppender(log);
  }

  @AfterEach
  void unlisten() {
    ((Logger) LoggerFactory.getLogger(BackendRetry.class)).detachAppender(log);
  }

  @Test
  void untilAnswered_failsThreeTimes_answersAndLogsTheOutageInTwoLines() throws Exception {
    RetryOutcome<String> outcome =
        untilAnswered(List.of(later(), later(), later(), new Done<>("body")));

    assertThat(outcome).isEqualTo(new RetryOutcome.Done<>("body"));
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "Backend does not take metrics, trying again until it does: status 503",
            "Backend answers metrics again after 0 s, 3 attempts failed");
    assertThat(
            registry.getSampleValue(
                "agent_backend_retries_total", new String[] {"call"}, new String[] {"metrics"}))
        .isEqualTo(3.0);
  }

  @Test
  void untilAnswered_failsOnceAndBriefly_isNoOutage() throws Exception {
    untilAnswered(List.of(new RetryLater<>("status 429", Duration.ofMillis(5)), new Done<>("a")));
    untilAnswered(List.of(later(), new Done<>("b")));
    assertThat(log.list).isEmpty();
  }

  @Test
  void untilAnswered_mustWaitForLong_saysSoAtOnce() throws Exception {
    stop.request();

    untilAnswered(List.of(new RetryLater<>("status 429", Duration.ofSeconds(15))));

    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("Backend does not take metrics, trying again until it does: status 429");
  }

  @Test
  void untilAnswered_whileItFails_isUnhealthyAndSaysWhy() throws Exception {
    untilAnswered(List.of(later(), new Done<>("body")));
    assertThat(health.status().healthy()).isFalse();
    assertThat(health.status().error()).isEqualTo("backend: metrics: status 503");
  }

  @Test
  void untilAnswered_answersAtOnce_saysNothing() throws Exception {
    assertThat(untilAnswered(List.of(new TooLarge<>()))).isEqualTo(new RetryOutcome.TooLarge<>());
    assertThat(untilAnswered(List.of(new Refused<>(404, "no"))))
        .isEqualTo(new RetryOutcome.Refused<>(404, "no"));
    assertThat(log.list).isEmpty();
    assertThat(health.status().healthy()).isTrue();
  }

  @Test
  void untilAnswered_retryAfterIsLongerThanTheBackoff_waitsForIt() throws Exception {
    long start = System.nanoTime();
    untilAnswered(
        List.of(new RetryLater<>("status 429", Duration.ofMillis(250)), new Done<>("body")));
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isGreaterThanOrEqualTo(Duration.ofMillis(250));
  }

  @Test
  void untilAnswered_stoppedWhileItWaits_returnsAtOnce() throws Exception {
    CountDownLatch tried = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(() -> {
          await(tried);
          stop.request();
        });

    RetryOutcome<String> outcome =
        retry.untilAnswered(
            "metrics",
            health,
            stop,
            () -> {
              tried.countDown();
              return new Unauthorized<>(401);
            });

    assertThat(outcome).isEqualTo(new RetryOutcome.Stopped<>());
  }

  @Test
  void untilAnswered_longWait_isNoStall() throws Exception {
    List<Duration> sinceProgress = new ArrayList<>();
    Queue<BackendAnswer<String>> script =
        new ArrayDeque<>(
            List.of(new RetryLater<>("status 503", Duration.ofMillis(1800)), new Done<>("body")));

    retry.untilAnswered(
        "heartbeat",
        health,
        stop,
        () -> {
          sinceProgress.add(health.sinceProgress());
          return script.remove();
        });

    assertThat(sinceProgress.getLast()).isLessThan(Duration.ofMillis(1500));
  }

  @Test
  void backoff_delays_doubleUpToTheCapAndAreJittered() {
    Backoff upper = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), () -> 1 - 1e-9);
    Backoff lower = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), () -> 0);
    assertThat(List.of(1, 2, 3, 6, 7, 8, 1000, Integer.MAX_VALUE))
        .map(failures -> Math.round(upper.delay(failures).toNanos() / 1e9))
        .containsExactly(1L, 2L, 4L, 32L, 60L, 60L, 60L, 60L);
    assertThat(lower.delay(9)).isZero();
  }

  private RetryOutcome<String> untilAnswered(List<BackendAnswer<String>> answers)
      throws InterruptedException {
    Queue<BackendAnswer<String>> script = new ArrayDeque<>(answers);
    return retry.untilAnswered("metrics", health, stop, script::remove);
  }

  private static BackendAnswer<String> later() {
    return new RetryLater<>("status 503", null);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
