package com.mloptimizer.agent.actuator.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DrainLineTest {

  @Test
  void isFirst_oneAtATime_inTheOrderOfTheirComing() {
    DrainLine line = new DrainLine(1);
    DrainLine.Place first = line.join();
    DrainLine.Place second = line.join();
    DrainLine.Place third = line.join();
    assertThat(first.isFirst()).isTrue();
    assertThat(second.isFirst()).isFalse();
    second.close();
    assertThat(third.isFirst()).isFalse();
    first.close();
    assertThat(third.isFirst()).isTrue();
    first.close();
    assertThat(first.isFirst()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void isFirst_whoeverComesAndGoes_isNeverMoreThanTheLimit(long seed) {
    Random random = new Random(seed);
    int most = 1 + random.nextInt(4);
    DrainLine line = new DrainLine(most);
    List<DrainLine.Place> places = new ArrayList<>();
    List<DrainLine.Place> running = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      if (places.isEmpty() || random.nextBoolean()) {
        places.add(line.join());
      } else {
        DrainLine.Place leaving = places.remove(random.nextInt(places.size()));
        running.remove(leaving);
        leaving.close();
      }
      assertThat(running)
          .as("seed %d: a drain lost its place", seed)
          .allMatch(DrainLine.Place::isFirst);
      running.clear();
      places.stream().filter(DrainLine.Place::isFirst).forEach(running::add);
      assertThat(running)
          .as("seed %d", seed)
          .hasSize(Math.min(most, places.size()))
          .isEqualTo(places.subList(0, running.size()));
    }
  }
}
