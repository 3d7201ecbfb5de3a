package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendAnswer.Done;
import com.mloptimizer.agent.core.backend.BackendAnswer.RetryLater;
import com.mloptimizer.agent.core.backend.BackendAnswer.Unauthorized;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PollingTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private long now;
  private Duration interval = Duration.ofSeconds(10);
  private BackendAnswer<List<ReceivedEnvelope>> answer = new Done<>(List.of());
  private int calls;
  private final List<ReceivedEnvelope> received = new ArrayList<>();
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.ACTUATOR, InstantSource.system(), () -> now);
  private final Polling polling =
      new Polling(
          () -> {
            calls++;
            return answer;
          },
          () -> interval,
          received::add,
          new BackendRetry(
              new Backoff(Duration.ofSeconds(1), MINUTE, () -> 0.99),
              new BackendMetrics(new CollectorRegistry()),
              () -> now),
          health,
          () -> now);

  @Test
  void pollIfDue_answered_hasTheEnvelopesAndComesAgainAfterTheInterval() {
    answer = new Done<>(List.of(ReceivedEnvelope.of("{}")));
    assertThat(callsWithin(Duration.ofSeconds(31))).isEqualTo(4);
    assertThat(received).hasSize(4);
    assertThat(health.status().lastSuccessAt()).isNotNull();
  }

  @Test
  void pollIfDue_intervalOfAnHour_isNoStall() {
    interval = Duration.ofHours(1);
    for (int second = 0; second < 1800; second++) {
      polling.pollIfDue();
      assertThat(health.sinceProgress()).isZero();
      now += Duration.ofSeconds(1).toNanos();
    }
    assertThat(calls).isEqualTo(1);
  }

  @Test
  void pollIfDue_intervalIsShortened_comesAtOnce() {
    interval = Duration.ofHours(1);
    assertThat(callsWithin(MINUTE)).isEqualTo(1);
    interval = Duration.ofSeconds(10);
    assertThat(callsWithin(Duration.ofSeconds(1))).isEqualTo(1);
  }

  @Test
  void pollIfDue_retryAfter_isKeptEvenIfTheIntervalIsShorter() {
    answer = new RetryLater<>("status 503", Duration.ofMinutes(5));
    assertThat(callsWithin(Duration.ofMinutes(5))).isEqualTo(1);
    assertThat(health.status().error()).isEqualTo("poll: status 503");
    answer = new Done<>(List.of());
    assertThat(callsWithin(Duration.ofSeconds(11))).isEqualTo(1);
  }

  @Test
  void pollIfDue_outageOfAnHour_backsOffToAMinuteAndRecovers() {
    interval = Duration.ofSeconds(1);
    answer = new RetryLater<>("timeout", null);
    assertThat(callsWithin(Duration.ofHours(1))).isBetween(60, 70);
    answer = new Done<>(List.of());
    callsWithin(MINUTE);
    assertThat(callsWithin(MINUTE)).isEqualTo(60);
  }

  @Test
  void pollIfDue_keyIsNotAccepted_comesOnceAMinute() {
    interval = Duration.ofSeconds(1);
    answer = new Unauthorized<>(401);
    assertThat(callsWithin(Duration.ofMinutes(10))).isEqualTo(10);
  }

  private int callsWithin(Duration time) {
    int before = calls;
    for (long second = 0; second < time.toSeconds(); second++) {
      polling.pollIfDue();
      now += Duration.ofSeconds(1).toNanos();
    }
    return calls - before;
  }
}
