package com.mloptimizer.agent.main.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.kubernetes.FencedWriteException;
import com.mloptimizer.agent.main.leadership.FakeLeases.Trouble;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The game for the Lease, a round at a time; time moves only if a test or a call says so. */
class CandidacyTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final FakeLeases leases = new FakeLeases();
  private final List<Player> players = new ArrayList<>();
  private final Player one = new Player("one", START);
  private final Player two = new Player("two", START);

  /** A candidate on a machine of its own. */
  private final class Player {
    final TestClock clock;
    final FakeLeases.Line line;
    final LeaderFence fence;
    final LeaseTrouble trouble;
    final Candidacy candidacy;

    Player(String identity, Instant wallClock) {
      LeaseSettings settings = LeaseSettings.standard("ml-optimizer", "agent", identity);
      clock = new TestClock(wallClock);
      line = leases.new Line(clock);
      fence = new LeaderFence(settings.renewDeadline(), clock, clock);
      trouble = new LeaseTrouble(settings.lease(), settings.renewDeadline(), clock);
      candidacy = new Candidacy(settings, line, fence, trouble, clock, clock, () -> 0);
      players.add(this);
    }

    Duration round() {
      return candidacy.round();
    }

    State state() {
      return fence.state();
    }

    boolean mayWrite() {
      try {
        fence.enter();
        fence.leave();
        return true;
      } catch (FencedWriteException e) {
        return false;
      }
    }
  }

  private void advance(Duration time) {
    players.forEach(player -> player.clock.advance(time));
  }

  private String holder() {
    return leases.current().map(Lease::holder).orElse("nobody");
  }

  @Test
  void round_noLease_makesItAndLeads() {
    assertThat(one.round()).isEqualTo(Duration.ofSeconds(2));

    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(one.mayWrite()).isTrue();
    assertThat(holder()).isEqualTo("one");
    assertThat(leases.current().orElseThrow().object().path("spec").toString())
        .isEqualTo(
            "{\"holderIdentity\":\"one\",\"leaseDurationSeconds\":15,"
                + "\"acquireTime\":\"2026-01-01T00:00:00.000000Z\","
                + "\"renewTime\":\"2026-01-01T00:00:00.000000Z\",\"leaseTransitions\":0}");
  }

  @Test
  void round_anotherRenews_standsByForEver() {
    one.round();
    for (int i = 0; i < 60; i++) {
      two.round();
      advance(Duration.ofSeconds(2));
      one.round();
    }

    assertThat(two.state()).isEqualTo(State.STANDING_BY);
    assertThat(two.mayWrite()).isFalse();
    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(two.line.writes()).isZero();
    assertThat(two.candidacy.transitions()).isZero();
  }

  @Test
  void round_leaderIsGone_takesOverWhenTheLeaseHasNotChangedForItsDuration() {
    one.round();
    two.round();
    advance(Duration.ofSeconds(14));
    assertThat(two.round()).as("it comes back at the very moment").isEqualTo(SECOND);
    assertThat(two.state()).isEqualTo(State.STANDING_BY);

    advance(SECOND);
    two.round();

    assertThat(two.state()).isEqualTo(State.LEADING);
    assertThat(one.state()).isEqualTo(State.LOST);
    assertThat(leases.current().orElseThrow().object().at("/spec/leaseTransitions").asInt())
        .isEqualTo(1);
    assertThat(two.candidacy.transitions()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {-86_400, -20, 20, 86_400})
  void round_clocksOfTheMachinesDiffer_onlyTheOwnOneCounts(int skewSeconds) {
    Player skewed = new Player("skewed", START.plusSeconds(skewSeconds));
    one.round();

    for (int i = 0; i < 10; i++) {
      skewed.round();
      advance(Duration.ofSeconds(2));
      one.round();
    }
    assertThat(skewed.state()).isEqualTo(State.STANDING_BY);

    skewed.round();
    advance(Duration.ofSeconds(15));
    skewed.round();
    assertThat(skewed.state()).isEqualTo(State.LEADING);
  }

  @Test
  void round_apiServerAway_fallsAtTheDeadlineAndBeforeTheOtherCanLead() {
    one.round();
    two.round();
    one.line.cut(true);

    Duration left = Duration.ofSeconds(10);
    advance(Duration.ofSeconds(2));
    Instant fallen = null;
    while (one.state() == State.LEADING) {
      Duration wait = one.round();
      one.clock.advance(wait);
      fallen = one.clock.instant();
    }

    assertThat(fallen).as("woken at the deadline").isEqualTo(START.plus(left));
    assertThat(one.mayWrite()).isFalse();
    assertThat(one.fence.lossReason()).isEqualTo("the lease was not renewed for 10 s");
    assertThat(one.trouble.cause()).isEqualTo("timeout");
    advance(Duration.ofSeconds(12));
    two.round();
    assertThat(two.state()).as("14 s after the last change").isEqualTo(State.STANDING_BY);
    advance(SECOND);
    two.round();
    assertThat(two.state()).isEqualTo(State.LEADING);
  }

  @Test
  void round_apiServerAwayForAMoment_staysLeader() {
    one.round();
    advance(Duration.ofSeconds(2));
    one.line.next(Trouble.REFUSED, Trouble.REFUSED);
    advance(one.round());
    advance(one.round());
    assertThat(one.state()).isEqualTo(State.LEADING);

    one.round();

    assertThat(one.fence.left()).as("renewed").isEqualTo(Duration.ofSeconds(10));
    assertThat(one.trouble.cause()).isEmpty();
  }

  @Test
  void round_apiServerIsSlow_deadlineCountsFromTheBeginningOfTheCall() {
    one.line.latency(Duration.ofSeconds(3));
    one.round();

    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(one.fence.left()).isEqualTo(Duration.ofSeconds(7));
    advance(Duration.ofSeconds(2));
    one.round();
    assertThat(one.fence.left()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void round_everyAnswerComesTooLate_fallsThoughTheLeaseWasRenewed() {
    one.round();
    one.line.latency(Duration.ofSeconds(5));
    while (one.state() == State.LEADING) {
      one.clock.advance(one.round());
    }

    assertThat(one.clock.instant()).isEqualTo(START.plusSeconds(10));
    assertThat(holder()).as("which this process cannot know").isEqualTo("one");
  }

  @Test
  void round_answerOfARenewalIsLost_findsItsOwnWriteAndGoesOn() {
    one.round();
    advance(Duration.ofSeconds(2));
    one.line.next(Trouble.ANSWER_LOST);
    advance(one.round());
    assertThat(one.fence.left()).as("not believed").isEqualTo(Duration.ofSeconds(2));

    one.round();

    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(one.fence.left()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void round_answerOfTheClaimIsLost_recognisesItsOwnAndCountsOneTransition() {
    leases.put(Lease.unclaimed("ml-optimizer", "agent").claimed("gone", SECOND, START));
    one.round();
    advance(SECOND);
    one.line.next(Trouble.NONE, Trouble.ANSWER_LOST);
    one.round();
    assertThat(one.state()).isEqualTo(State.STANDING_BY);
    assertThat(holder()).isEqualTo("one");

    one.round();

    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(leases.current().orElseThrow().object().at("/spec/leaseTransitions").asInt())
        .isEqualTo(1);
  }

  @Test
  void round_anotherTookOver_fallsAtOnce() {
    one.round();
    Lease lease = leases.current().orElseThrow();
    leases.put(lease.claimed("two", Duration.ofSeconds(15), START));
    advance(Duration.ofSeconds(2));

    one.round();

    assertThat(one.state()).isEqualTo(State.LOST);
    assertThat(one.fence.lossReason()).isEqualTo("two took over");
    one.round();
    assertThat(holder()).as("nothing is won back").isEqualTo("two");
  }

  @Test
  void round_somebodyLabelsTheLease_keepsTheLabelAndGoesOn() {
    one.round();
    var object = leases.current().orElseThrow().object();
    object.withObjectProperty("metadata").withObjectProperty("labels").put("a", "b");
    object.withObjectProperty("spec").put("strategy", "OldestEmulationVersion");
    leases.put(Lease.of(object));
    advance(Duration.ofSeconds(2));

    one.round();

    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(one.fence.left()).isEqualTo(Duration.ofSeconds(10));
    var renewed = leases.current().orElseThrow().object();
    assertThat(renewed.at("/metadata/labels/a").asString()).isEqualTo("b");
    assertThat(renewed.at("/spec/strategy").asString()).isEqualTo("OldestEmulationVersion");
  }

  @Test
  void round_leaseDeleted_isMadeAnewByTheLeader() {
    one.round();
    leases.delete();
    advance(Duration.ofSeconds(2));

    one.round();

    assertThat(one.state()).isEqualTo(State.LEADING);
    assertThat(holder()).isEqualTo("one");
  }

  @Test
  void round_leaseDeletedAndMadeByAnother_falls() {
    one.round();
    leases.delete();
    two.round();
    advance(Duration.ofSeconds(2));

    one.round();

    assertThat(one.state()).isEqualTo(State.LOST);
    assertThat(two.state()).isEqualTo(State.LEADING);
  }

  @Test
  void release_leader_letsTheOtherLeadAtItsNextLook() {
    one.round();
    two.round();

    one.fence.close();
    assertThat(one.mayWrite()).as("before the lease is given back").isFalse();
    one.candidacy.release();

    assertThat(holder()).isEmpty();
    two.round();
    assertThat(two.state()).isEqualTo(State.LEADING);
    assertThat(one.round()).isPositive();
    assertThat(holder()).isEqualTo("two");
  }

  @Test
  void release_follower_leavesTheLeaseAlone() {
    one.round();
    two.round();

    two.fence.close();
    two.candidacy.release();

    assertThat(holder()).isEqualTo("one");
  }

  @Test
  void release_lostMeanwhile_leavesTheLeaseAlone() {
    one.round();
    leases.put(leases.current().orElseThrow().claimed("two", Duration.ofSeconds(15), START));

    one.fence.close();
    one.candidacy.release();

    assertThat(holder()).isEqualTo("two");
  }

  @Test
  void round_processWasStopped_findsItselfFallenAndWritesNothing() {
    one.round();
    int writes = one.line.writes();

    one.clock.advance(Duration.ofSeconds(30));

    assertThat(one.mayWrite()).as("before any thread of the elector runs").isFalse();
    one.round();
    assertThat(one.state()).isEqualTo(State.LOST);
    assertThat(one.line.writes()).isEqualTo(writes);
  }

  @Test
  void round_machineWasSuspended_findsItselfFallenThoughItsTickerStoodStill() {
    one.round();
    one.clock.suspend(Duration.ofSeconds(30));

    assertThat(one.mayWrite()).isFalse();
    assertThat(one.state()).isEqualTo(State.LOST);
  }

  @Test
  void round_wallClockSetBack_isNoReasonToStay() {
    one.round();
    one.clock.suspend(Duration.ofHours(-1));
    assertThat(one.state()).isEqualTo(State.LEADING);

    one.clock.advance(Duration.ofSeconds(10));

    assertThat(one.state()).isEqualTo(State.LOST);
  }

  @Test
  void missing_leaseForbidden_saysSoFromTheStart() {
    assertThat(one.trouble.lasting())
        .hasValueSatisfying(why -> assertThat(why).contains("ml-optimizer/agent", "not read yet"));
    one.line.next(Trouble.REFUSED);
    one.round();
    assertThat(one.trouble.lasting()).hasValueSatisfying(why -> assertThat(why).contains("500"));

    one.round();
    assertThat(one.trouble.lasting()).isEmpty();
  }

  @Test
  void settings_leaderWouldNotStopInTime_areRefused() {
    assertThatThrownBy(() ->
            new LeaseSettings(
                "n", "l", "i", Duration.ofSeconds(10), Duration.ofSeconds(10), SECOND))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
