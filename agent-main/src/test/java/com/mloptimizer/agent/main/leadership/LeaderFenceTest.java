package com.mloptimizer.agent.main.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.kubernetes.FencedWriteException;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LeaderFenceTest {
  private final TestClock clock = new TestClock(Instant.EPOCH);
  private final LeaderFence fence = new LeaderFence(Duration.ofSeconds(10), clock, clock);

  private Moment now() {
    return Moment.now(clock, clock);
  }

  @Test
  void enter_notLeading_isRefused() {
    assertThatThrownBy(fence::enter)
        .isInstanceOf(FencedWriteException.class)
        .hasMessageContaining("does not lead");
  }

  @Test
  void enter_upToTheDeadlineAndNoLonger() throws Exception {
    fence.open(now());
    clock.advance(Duration.ofSeconds(10).minusNanos(1));
    fence.enter();
    clock.advance(Duration.ofNanos(1));

    assertThatThrownBy(fence::enter).isInstanceOf(FencedWriteException.class);
  }

  @Test
  void renewed_afterItHadFallen_staysFallen() {
    fence.open(now());
    clock.advance(Duration.ofSeconds(9));
    Moment began = now();
    clock.advance(Duration.ofSeconds(2)); // Stopped while the call was under way.

    fence.renewed(began);

    assertThat(fence.state()).isEqualTo(State.LOST);
  }

  @Test
  void open_afterItWasClosed_staysClosed() {
    fence.close();
    fence.open(now());

    assertThat(fence.state()).isEqualTo(State.RELEASED);
  }

  @Test
  void awaitQuiet_writeUnderWay_waitsForItsAnswerAndNoLongerThanItMay() throws Exception {
    fence.open(now());
    fence.enter();
    fence.enter();
    fence.close();
    fence.leave();
    assertThat(fence.awaitQuiet(Duration.ofMillis(10))).isFalse();

    Thread answer = Thread.ofVirtual().start(fence::leave);
    assertThat(fence.awaitQuiet(Duration.ofSeconds(20))).isTrue();
    answer.join();
  }

  @Test
  void metrics_asked_sayHowOftenTheLeaderChanged() {
    CollectorRegistry registry = new CollectorRegistry();
    LeadershipMetrics.register(registry, new SoleLeadership());

    assertThat(registry.getSampleValue("agent_leader_transitions_total")).isZero();
  }
}
