package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RereadingTest {
  private long now;
  private final Rereading rereading = new Rereading(() -> now);

  @Test
  void takeDue_asked_onceAndAtOnce() {
    assertThat(rereading.takeDue()).isFalse();
    rereading.ask();
    assertThat(rereading.takeDue()).isTrue();
    assertThat(rereading.takeDue()).isFalse();
  }

  @Test
  void takeDue_failsForAnHour_everLaterButNeverNotAtAll() {
    int readings = 0;
    for (int second = 0; second < 3600; second++) {
      if (rereading.takeDue()) {
        readings++;
      }
      for (int mark = 0; mark < 500; mark++) {
        rereading.askAfterFailure();
      }
      pass(Duration.ofSeconds(1));
    }
    assertThat(readings).isBetween(15, 20);
  }

  @Test
  void takeDue_somethingSucceeded_atOnceAgain() {
    for (int i = 0; i < 5; i++) {
      rereading.askAfterFailure();
      pass(Duration.ofHours(1));
      assertThat(rereading.takeDue()).isTrue();
    }
    rereading.askAfterFailure();
    assertThat(rereading.takeDue()).isFalse();
    rereading.succeeded();
    assertThat(rereading.takeDue()).isTrue();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
