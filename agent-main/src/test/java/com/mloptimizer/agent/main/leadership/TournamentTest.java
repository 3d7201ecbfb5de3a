package com.mloptimizer.agent.main.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.main.leadership.FakeLeases.Trouble;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two to four machines for an hour, at random cut off, stopped, slow and restarted: never may two
 * of them write. Whoever is next acts, its calls take time, and after each step it is counted who
 * may write.
 */
class TournamentTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final List<Trouble> TROUBLES = List.of(Trouble.values());
  private static final Comparator<Machine> NEXT = Comparator.comparing(machine -> machine.wake);

  private Random random;
  private long seed;
  private final FakeLeases leases = new FakeLeases();
  private final List<Machine> machines = new ArrayList<>();
  private int leaders;

  private final class Machine {
    TestClock clock;
    FakeLeases.Line line;
    LeaderFence fence;
    Candidacy candidacy;
    Instant wake = START;
    int boots;

    Machine(int number) {
      boot(number, START);
    }

    void boot(int number, Instant now) {
      LeaseSettings settings = LeaseSettings.standard("ns", "agent", "m" + number + "_" + boots++);
      clock = new TestClock(now);
      line = leases.new Line(clock);
      fence = new LeaderFence(settings.renewDeadline(), clock, clock);
      LeaseTrouble trouble = new LeaseTrouble("ns/agent", settings.renewDeadline(), clock);
      candidacy = new Candidacy(settings, line, fence, trouble, clock, clock, random::nextDouble);
    }
  }

  private void populate(long value) {
    seed = value;
    random = new Random(value);
    for (int i = 0; i < 2 + random.nextInt(3); i++) {
      machines.add(new Machine(i));
    }
  }

  private void play(Duration time) {
    Instant end = START.plus(time);
    while (true) {
      Machine next = machines.stream().min(NEXT).orElseThrow();
      if (next.wake.isAfter(end)) {
        break;
      }
      step(next);
    }
    assertThat(leaders).as("seed %d: changes of leader", seed).isGreaterThan(10);
  }

  private void step(Machine machine) {
    catchUp(machine, machine.wake);
    boolean led = machine.fence.state() == State.LEADING;
    disturb(machine);
    Duration wait = machine.candidacy.round();
    if (!led && machine.fence.state() == State.LEADING) {
      leaders++;
    }
    if (machine.fence.state() == State.LOST) {
      machine.boot(machines.indexOf(machine), machine.clock.instant());
    }
    Duration stopped = random.nextInt(50) == 0 ? seconds(40) : Duration.ZERO;
    machine.wake = machine.clock.instant().plus(wait).plus(stopped).plusNanos(1);
    countLeaders(machine.clock.instant());
  }

  private void disturb(Machine machine) {
    machine.line.cut(random.nextInt(8) == 0);
    machine.line.latency(random.nextInt(4) == 0 ? seconds(5) : Duration.ofMillis(5));
    if (random.nextInt(10) == 0) {
      machine.line.next(TROUBLES.get(random.nextInt(TROUBLES.size())));
    }
    if (random.nextInt(60) == 0) {
      machine.fence.close();
      machine.candidacy.release();
      machine.boot(machines.indexOf(machine), machine.clock.instant());
    }
  }

  private Duration seconds(int most) {
    return Duration.ofMillis(random.nextInt(most * 1000));
  }

  /** Whether a process is stopped or not, its fence is where it would write. */
  private void countLeaders(Instant now) {
    List<Machine> writing =
        machines.stream()
            .filter(machine -> {
              catchUp(machine, now);
              return machine.fence.state() == State.LEADING;
            })
            .toList();
    assertThat(writing).as("seed %d at %s", seed, now).hasSizeLessThan(2);
  }

  private static void catchUp(Machine machine, Instant now) {
    Duration behind = Duration.between(machine.clock.instant(), now);
    if (behind.isPositive()) {
      machine.clock.advance(behind);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void play_anythingGoesWrong_neverTwoMayWrite(long value) {
    populate(value);

    play(Duration.ofHours(1));
  }
}
