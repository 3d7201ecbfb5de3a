package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

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
  void next_withAWishOfTheBackend_isNoSooner() {
    assertThat(policy(0).next(Duration.ofSeconds(90))).isEqualTo(Duration.ofSeconds(90));
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
}
