package com.mloptimizer.agent.actuator.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvictionRateTest {
  private long nanos = 1_000_000_000_000L;

  private EvictionRate rate(int perMinute) {
    return new EvictionRate(perMinute, () -> nanos);
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void poll_upToTheLimit_isTheirTurnAtOnce() {
    EvictionRate rate = rate(2);
    for (int i = 0; i < 2; i++) {
      EvictionTurn turn = rate.turn();
      assertThat(turn.poll()).isEmpty();
      turn.answered(true);
    }
    assertThat(rate.turn().poll()).isPresent();
  }

  @Test
  void poll_beyondTheLimit_waitsUntilTheOldestIsAMinuteOld() {
    EvictionRate rate = rate(1);
    EvictionTurn first = rate.turn();
    first.poll();
    pass(Duration.ofSeconds(5)); // The minute begins with the answer.
    first.answered(true);
    EvictionTurn second = rate.turn();
    assertThat(second.poll()).isPresent();
    pass(Duration.ofSeconds(60).minusNanos(1));
    assertThat(second.poll()).hasValueSatisfying(wait -> assertThat(wait).isPositive());
    pass(Duration.ofNanos(1));
    assertThat(second.poll()).isEmpty();
  }

  @Test
  void poll_shortlyBeforeItsTurn_isToldTheRestOfTheTime() {
    EvictionRate rate = rate(1);
    EvictionTurn first = rate.turn();
    first.poll();
    first.answered(true);
    EvictionTurn second = rate.turn();
    second.poll();
    pass(Duration.ofMillis(59_800));
    assertThat(second.poll()).contains(Duration.ofMillis(200));
  }

  @Test
  void answered_notAccepted_costsNothing() {
    EvictionRate rate = rate(1);
    EvictionTurn blocked = rate.turn();
    for (int i = 0; i < 100; i++) {
      assertThat(blocked.poll()).isEmpty();
      blocked.answered(false);
    }
    assertThat(rate.turn().poll()).isEmpty();
  }

  @Test
  void answered_blockedOne_goesBehindThoseWhoWait() {
    EvictionRate rate = rate(1);
    EvictionTurn blocked = rate.turn();
    blocked.poll();
    EvictionTurn patient = rate.turn();
    assertThat(patient.poll()).isPresent();
    blocked.answered(false);
    assertThat(blocked.poll()).as("jumps the line").isPresent();
    assertThat(patient.poll()).isEmpty();
  }

  @Test
  void poll_severalWaiting_areServedInTheOrderInWhichTheyCame() {
    EvictionRate rate = rate(1);
    EvictionTurn first = rate.turn();
    first.poll();
    first.answered(true);
    EvictionTurn second = rate.turn();
    EvictionTurn third = rate.turn();
    second.poll();
    third.poll();
    pass(Duration.ofMinutes(1));
    assertThat(third.poll()).isPresent();
    assertThat(second.poll()).isEmpty();
  }

  @Test
  void close_whileWaiting_letsTheNextOneUp() {
    EvictionRate rate = rate(1);
    EvictionTurn first = rate.turn();
    first.poll();
    EvictionTurn second = rate.turn();
    EvictionTurn third = rate.turn();
    second.poll();
    third.poll();
    second.close();
    first.answered(false);
    assertThat(third.poll()).isEmpty();
  }

  @Test
  void close_withoutAnAnswer_counts() {
    EvictionRate rate = rate(1);
    EvictionTurn lost = rate.turn();
    lost.poll();
    lost.sent();
    lost.close();
    assertThat(rate.turn().poll()).isPresent();
  }

  @Test
  void close_withoutARequest_givesTheTurnToTheNextOne() {
    EvictionRate rate = rate(1);
    EvictionTurn unused = rate.turn();
    unused.poll();
    unused.close();
    assertThat(rate.turn().poll()).isEmpty();
  }

  @Test
  void poll_grantedAlready_staysGranted() {
    EvictionRate rate = rate(1);
    EvictionTurn turn = rate.turn();
    assertThat(turn.poll()).isEmpty();
    assertThat(turn.poll()).isEmpty();
    turn.answered(true);
    turn.answered(true); // Once: it has no turn any more.
    pass(Duration.ofMinutes(1));
    assertThat(rate.turn().poll()).isEmpty();
  }

  @Test
  void poll_clockThatOverflows_countsOn() {
    nanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);
    EvictionRate rate = rate(1);
    EvictionTurn turn = rate.turn();
    turn.poll();
    turn.answered(true);
    pass(Duration.ofSeconds(59));
    EvictionTurn next = rate.turn();
    assertThat(next.poll()).isPresent();
    pass(Duration.ofSeconds(1));
    assertThat(next.poll()).isEmpty();
  }

  /** A server that accepts some requests after some time; whoever waits waits as it was told. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void evictions_ofManyCallers_areNeverMoreThanTheLimitInAnyMinute(long seed) {
    Random random = new Random(seed);
    int limit = 1 + random.nextInt(20);
    EvictionRate rate = rate(limit);
    Deque<Caller> callers = new ArrayDeque<>();
    for (int i = 0; i < 60; i++) {
      callers.add(new Caller(rate.turn()));
    }
    List<Long> accepted = new ArrayList<>();
    long began = nanos;
    int steps = 0;
    while (!callers.isEmpty()) {
      assertThat(steps++).as("seed %d: nobody's turn comes", seed).isLessThan(2_000_000);
      Caller caller = callers.removeFirst();
      if (!caller.step(random, accepted)) {
        callers.addLast(caller);
      }
      pass(Duration.ofMillis(random.nextInt(20)));
    }
    for (int i = limit; i < accepted.size(); i++) {
      assertThat(accepted.get(i) - accepted.get(i - limit))
          .as("seed %d: evictions %d to %d, limit %d", seed, i - limit, i, limit)
          .isGreaterThanOrEqualTo(TimeUnit.MINUTES.toNanos(1));
    }
    assertThat(accepted).hasSize(60);
    // Nobody waits for nothing: about the time that the limit makes of sixty evictions.
    assertThat(Duration.ofNanos(nanos - began))
        .isLessThan(Duration.ofMinutes(59 / limit + 1).plusSeconds(30L * (60 / limit + 1)));
  }

  private final class Caller {
    private final EvictionTurn turn;
    private long asleepUntil = nanos;
    private long answerAt;
    private boolean sent;

    private Caller(EvictionTurn turn) {
      this.turn = turn;
    }

    /** Whether it is done. */
    private boolean step(Random random, List<Long> accepted) {
      if (sent && nanos - answerAt >= 0) {
        sent = false;
        boolean success = random.nextInt(4) > 0;
        if (success) {
          // Somewhere between the request and its answer, which is what is counted.
          accepted.add(nanos);
        }
        turn.answered(success);
        return success;
      }
      if (!sent && nanos - asleepUntil >= 0) {
        var wait = turn.poll();
        sent = wait.isEmpty();
        answerAt = nanos + TimeUnit.MILLISECONDS.toNanos(random.nextInt(300));
        asleepUntil = nanos + wait.orElse(Duration.ZERO).toNanos();
      }
      return false;
    }
  }
}
