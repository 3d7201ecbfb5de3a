package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TidyScheduleTest {
  private long now;
  private final TidySchedule schedule = new TidySchedule(() -> now);

  @Test
  void isDue_allGoesWell_afterAMinuteAndThenEveryHour() {
    assertThat(roundsWithin(Duration.ofHours(10), false, s -> s.ended(false))).isEqualTo(10);
  }

  @Test
  void isDue_failsForADay_everMoreSeldom() {
    assertThat(roundsWithin(Duration.ofDays(1), false, TidySchedule::failed)).isBetween(25, 35);
  }

  @Test
  void isDue_leavesSomething_atOnce() {
    now += Duration.ofMinutes(1).toNanos();
    schedule.failed();
    schedule.ended(true);
    assertThat(schedule.isDue(false)).isTrue();
    schedule.ended(false);
    assertThat(schedule.isDue(false)).isFalse();
    assertThat(schedule.failed()).as("from the beginning").isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void isDue_swamped_everyFiveMinutes() {
    assertThat(roundsWithin(Duration.ofHours(1), true, s -> s.ended(false))).isEqualTo(12);
  }

  private int roundsWithin(Duration time, boolean swamped, Consumer<TidySchedule> round) {
    int rounds = 0;
    for (long second = 0; second < time.toSeconds(); second++) {
      if (schedule.isDue(swamped)) {
        rounds++;
        round.accept(schedule);
      }
      now += Duration.ofSeconds(1).toNanos();
    }
    return rounds;
  }
}
