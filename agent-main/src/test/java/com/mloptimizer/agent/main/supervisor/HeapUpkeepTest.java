package com.mloptimizer.agent.main.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeapUpkeepTest {
  private static final long MEBIBYTE = 1L << 20;

  private long heapBytes = 20 * MEBIBYTE;
  private long nanos;
  private int fullGcs;
  private final Ticker ticker = () -> nanos;
  private final HeapUpkeep upkeep = new HeapUpkeep(() -> heapBytes, this::fullGc, ticker);

  private void fullGc() {
    fullGcs++;
    heapBytes = 20 * MEBIBYTE;
  }

  @Test
  void check_heapGrowsALittle_leavesIt() {
    later(Duration.ofMinutes(29));
    heapBytes += 4 * MEBIBYTE;
    upkeep.check();
    assertThat(fullGcs).isZero();
  }

  @Test
  void check_heapGrowsWithEachRound_isCollectedNowAndThen() {
    for (int round = 0; round < 100; round++) {
      later(Duration.ofSeconds(10));
      heapBytes += MEBIBYTE;
      upkeep.check();
      assertThat(heapBytes).isLessThan(25 * MEBIBYTE);
    }
    assertThat(fullGcs).isEqualTo(20);
  }

  @Test
  void check_heapGrowsFast_isNotCollectedAllTheTime() {
    for (int round = 0; round < 100; round++) {
      later(Duration.ofMillis(500));
      heapBytes += 10 * MEBIBYTE;
      upkeep.check();
    }
    assertThat(fullGcs).isEqualTo(5);
  }

  @Test
  void check_moreLives_growsFromThere() {
    HeapUpkeep kept = new HeapUpkeep(() -> heapBytes, () -> fullGcs++, ticker);
    later(Duration.ofMinutes(1));
    heapBytes = 100 * MEBIBYTE;
    kept.check();
    later(Duration.ofMinutes(1));
    heapBytes += 15 * MEBIBYTE;
    kept.check();
    assertThat(fullGcs).isEqualTo(1);
  }

  @Test
  void check_lessLives_isNoticedWithinHalfAnHourAndGrowsFromThere() {
    later(Duration.ofMinutes(1));
    heapBytes = 100 * MEBIBYTE;
    HeapUpkeep shrinking = new HeapUpkeep(() -> heapBytes, this::fullGc, ticker);
    later(Duration.ofMinutes(29));
    shrinking.check();
    assertThat(fullGcs).as("too early").isZero();
    later(Duration.ofMinutes(1));
    shrinking.check();
    assertThat(fullGcs).isEqualTo(1);

    later(Duration.ofMinutes(1));
    heapBytes += 5 * MEBIBYTE;
    shrinking.check();
    assertThat(fullGcs).isEqualTo(2);
  }

  private void later(Duration time) {
    nanos += time.toNanos();
  }
}
