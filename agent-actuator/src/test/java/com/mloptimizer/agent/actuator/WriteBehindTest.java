package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WriteBehindTest {
  @ParameterizedTest
  @CsvSource({
    "false, 0, 20",
    "true, 0, 500",
    "true, 1000, 400", // a burst still has the API server to itself
    "true, 4000, 100",
    "true, 4500, 50", // ten actions a second, for hours
    "false, 4000, 4",
    "true, 5000, 0",
    "true, 10000, 0",
  })
  void pause_byBacklog_isTheShorterTheMoreWaits(boolean busy, int backlog, long millis) {
    assertThat(WriteBehind.pause(busy, backlog)).isEqualTo(Duration.ofMillis(millis));
  }
}
