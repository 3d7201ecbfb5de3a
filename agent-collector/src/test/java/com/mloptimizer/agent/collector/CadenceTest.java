package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CadenceTest {

  private static final long SECOND = 1_000_000_000L;
  private static final Duration MINUTE = Duration.ofSeconds(60);

  @Test
  void ended_cyclesOfDifferentLength_doNotDrift() {
    Cadence cadence = new Cadence(0, MINUTE);

    assertThat(cadence.ended(3 * SECOND)).isZero();
    assertThat(cadence.untilDue(3 * SECOND)).isEqualTo(Duration.ofSeconds(57));
    assertThat(cadence.ended(110 * SECOND)).isZero();
    assertThat(cadence.untilDue(110 * SECOND)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void ended_overrun_skipsWhatItMissed() {
    Cadence cadence = new Cadence(0, MINUTE);

    assertThat(cadence.ended(150 * SECOND)).isEqualTo(2);
    assertThat(cadence.untilDue(150 * SECOND)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void every_shorter_countsFromTheLastOne() {
    Cadence cadence = new Cadence(0, MINUTE);
    cadence.ended(SECOND);

    cadence.every(Duration.ofSeconds(10), 2 * SECOND);

    assertThat(cadence.untilDue(2 * SECOND)).isEqualTo(Duration.ofSeconds(8));
  }

  @Test
  void every_muchShorter_isDueAtOnceAndMissedNothing() {
    Cadence cadence = new Cadence(0, Duration.ofHours(1));
    cadence.ended(SECOND);

    cadence.every(Duration.ofSeconds(10), 1800 * SECOND);

    assertThat(cadence.untilDue(1800 * SECOND)).isEqualTo(Duration.ZERO);
    assertThat(cadence.ended(1801 * SECOND)).isZero();
    assertThat(cadence.untilDue(1801 * SECOND)).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void every_longer_putsTheNextOff() {
    Cadence cadence = new Cadence(0, Duration.ofSeconds(10));
    cadence.ended(SECOND);

    cadence.every(MINUTE, 9 * SECOND);

    assertThat(cadence.untilDue(9 * SECOND)).isEqualTo(Duration.ofSeconds(51));
  }

  @Test
  void every_overrunAfterASkip_countsFromTheLastDueTime() {
    Cadence cadence = new Cadence(0, MINUTE);
    cadence.ended(150 * SECOND);

    cadence.every(Duration.ofSeconds(45), 151 * SECOND);

    assertThat(cadence.untilDue(151 * SECOND)).isEqualTo(Duration.ofSeconds(14));
  }
}
