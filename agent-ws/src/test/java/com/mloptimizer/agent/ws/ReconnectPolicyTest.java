package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReconnectPolicyTest {
  private static final Duration STABLE = Duration.ofSeconds(60);

  private static ReconnectPolicy policy(double random) {
    return new ReconnectPolicy(
        new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), () -> random), STABLE);
  }

  @Test
  void next_afterMoreFailures_isBoundedBy1Then2UpTo60Seconds() {
    ReconnectPolicy policy = policy(1);
    for (int bound : new int[] {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      assertThat(policy.next(Duration.ZERO)).isEqualTo(Duration.ofSeconds(bound));
    }
  }

  @Test
  void connectionLasted_aMinute_forgetsFailuresAndLessDoesNot() {
    ReconnectPolicy policy = policy(1);
    policy.next(Duration.ZERO);
    policy.connectionLasted(STABLE.minusMillis(1));
    assertThat(policy.next(Duration.ZERO)).isEqualTo(Duration.ofSeconds(2));
    policy.connectionLasted(STABLE);
    assertThat(policy.next(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void next_withAWishOfTheBackend_isNoSoonerAndSpreadAfterIt() {
    assertThat(policy(0).next(Duration.ofSeconds(90))).isEqualTo(Duration.ofSeconds(90));
    assertThat(policy(0.5).next(Duration.ofSeconds(90))).isEqualTo(Duration.ofMillis(90_500));
  }

  @Test
  void next_ofAThousandAgentsThatLostTheSameBackend_spreadsTheirAttempts() {
    long seed = 20260101;
    Random random = new Random(seed);
    int[] attemptsInTenthOfSecond = new int[10];
    for (int i = 0; i < 1000; i++) {
      ReconnectPolicy agent =
          new ReconnectPolicy(
              new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), random::nextDouble),
              STABLE);
      attemptsInTenthOfSecond[(int) (agent.next(Duration.ZERO).toMillis() / 100)]++;
    }
    assertThat(Arrays.stream(attemptsInTenthOfSecond).boxed())
        .as("seed %d", seed)
        .allSatisfy(attempts -> assertThat(attempts).isBetween(60, 140));
  }

  /**
   * A thousand agents lose their backend in one moment; it is back after a while, and takes
   * everybody. Nothing is simulated but the network: every agent has its own real policy.
   */
  @ParameterizedTest(name = "backend away for {0}, with Retry-After {1}")
  @CsvSource({"PT0S, PT0S", "PT30S, PT0S", "PT5M, PT0S", "PT0S, PT30S"})
  void next_ofAThousandAgentsAfterARestart_neverPeaks(Duration away, Duration wish) {
    long seed = 20261121;
    Random random = new Random(seed);
    List<Duration> attempts = new ArrayList<>();
    List<Duration> connected = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      ReconnectPolicy agent =
          new ReconnectPolicy(
              new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), random::nextDouble),
              STABLE);
      Duration at = agent.next(wish);
      while (at.compareTo(away) < 0) {
        attempts.add(at);
        at = at.plus(agent.next(Duration.ZERO));
      }
      attempts.add(at);
      connected.add(at);
    }
    Duration last = Collections.max(connected);
    System.out.printf(
        "1,000 agents, backend away %s, Retry-After %s: %d attempts, at most %d in 100 ms and %d in"
            + " a second after the first three; all connected %s after its return%n",
        away,
        wish,
        attempts.size(),
        peak(attempts, Duration.ZERO, Duration.ofMillis(100)),
        peak(attempts, Duration.ofSeconds(3), Duration.ofSeconds(1)),
        last.minus(away));

    assertThat(peak(attempts, Duration.ZERO, Duration.ofMillis(100)))
        .as("seed %d", seed)
        .isLessThanOrEqualTo(200);
    if (!away.isZero()) {
      assertThat(peak(attempts, Duration.ofSeconds(3), Duration.ofSeconds(1)))
          .as("seed %d", seed)
          .isLessThanOrEqualTo(350);
      assertThat(peak(connected, away, Duration.ofSeconds(1)))
          .as("seed %d", seed)
          .isLessThanOrEqualTo(100);
    }
    assertThat(last).isLessThan(away.plus(wish).plusSeconds(62));
  }

  /** The most moments within any window of that length that begins after the start. */
  private static int peak(List<Duration> moments, Duration start, Duration window) {
    List<Duration> sorted =
        moments.stream().filter(at -> at.compareTo(start) >= 0).sorted().toList();
    int peak = 0;
    int first = 0;
    for (int i = 0; i < sorted.size(); i++) {
      while (sorted.get(i).minus(sorted.get(first)).compareTo(window) >= 0) {
        first++;
      }
      peak = Math.max(peak, i - first + 1);
    }
    return peak;
  }
}
