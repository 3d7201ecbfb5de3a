package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClaimProblemTest {
  private long now;
  private final ClaimProblem problem = new ClaimProblem(() -> now);

  @Test
  void current_nothingFailsForMinutes_isOver() {
    problem.is("forbidden");
    pass(Duration.ofMinutes(4));
    assertThat(problem.current()).contains("forbidden");
    problem.is("forbidden");
    pass(Duration.ofMinutes(4));
    assertThat(problem.current()).contains("forbidden");
    pass(Duration.ofMinutes(2));
    assertThat(problem.current()).isEmpty();
  }

  @Test
  void current_claimGetsThrough_isOver() {
    assertThat(problem.current()).isEmpty();
    problem.is("forbidden");
    problem.none();
    assertThat(problem.current()).isEmpty();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
