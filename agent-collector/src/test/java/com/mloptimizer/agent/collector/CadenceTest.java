package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CadenceTest {

  private static final long SECOND = 1_000_000_000L;
  private static final Duration MINUTE = Duration.ofSeconds(60);

  @Test
  void ended_cyclesOfDifferentLength_doNotDrift() {
    Cadence cadence = new Cadence(0);

    assertThat(cadence.ended(3 * SECOND, MINUTE)).isZero();
    assertThat(cadence.untilDue(3 * SECOND)).isEqualTo(Duration.ofSeconds(57));
    assertThat(cadence.ended(110 * SECOND, MINUTE)).isZero();
    assertThat(cadence.untilDue(110 * SECOND)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void ended_overrun_skipsWhatItMissed() {
    Cadence cadence = new Cadence(0);

    assertThat(cadence.ended(150 * SECOND, MINUTE)).isEqualTo(2);
    assertThat(cadence.untilDue(150 * SECOND)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void ended_intervalChanged_takesTheNewOne() {
    Cadence cadence = new Cadence(0);
    cadence.ended(SECOND, MINUTE);

    cadence.ended(61 * SECOND, Duration.ofSeconds(10));

    assertThat(cadence.untilDue(61 * SECOND)).isEqualTo(Duration.ofSeconds(9));
  }
}
