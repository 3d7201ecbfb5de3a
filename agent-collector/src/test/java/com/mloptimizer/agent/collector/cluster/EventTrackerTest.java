package com.mloptimizer.agent.collector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class EventTrackerTest {

  @Test
  void take_countGrown_isHandedOutOnceForEachIncrease() {
    EventTracker tracker = listed(new EventTracker(0), "10");

    tracker.put(event("a", 1, 11));
    tracker.put(event("a", 1, 12));
    assertThat(names(tracker)).containsExactly("a×1");
    tracker.put(event("a", 3, 13));
    assertThat(names(tracker)).containsExactly("a×3");
    tracker.put(event("a", 3, 14));
    assertThat(names(tracker)).isEmpty();
  }

  @Test
  void take_duringAList_handsOutNothingOfIt() {
    EventTracker tracker = new EventTracker(0);
    tracker.listing();
    tracker.put(event("a", 1, 5));

    assertThat(tracker.take()).isEqualTo(new EventTracker.Taken(List.of(), 0, 0));
    tracker.listed(Set.of("a"), "9");

    EventTracker.Taken taken = tracker.take();
    assertThat(taken.events()).hasSize(1);
    assertThat(taken.upTo()).isEqualTo(9);
  }

  @Test
  void take_nextProcess_skipsWhatTheLastOneTook() {
    EventTracker first = listed(new EventTracker(0), "10", event("a", 1, 5), event("b", 2, 10));
    first.put(event("c", 1, 12));
    long upTo = first.take().upTo();

    EventTracker next =
        listed(
            new EventTracker(upTo),
            "20",
            event("a", 1, 5),
            event("b", 3, 14),
            event("c", 1, 12),
            event("d", 1, 15));

    assertThat(upTo).isEqualTo(12);
    assertThat(names(next)).containsExactly("b×3", "d×1");
    next.put(event("a", 2, 21));
    assertThat(names(next)).containsExactly("a×2");
  }

  @Test
  void take_anotherCluster_skipsNothing() {
    EventTracker tracker = listed(new EventTracker(1_000_000), "20", event("a", 1, 5));

    EventTracker.Taken taken = tracker.take();

    assertThat(taken.events()).hasSize(1);
    assertThat(taken.upTo()).isEqualTo(20);
  }

  @Test
  void take_versionsThatAreNoNumbers_skipsNothing() {
    EventTracker tracker =
        listed(new EventTracker(7), "opaque", event("a", 1, "x"), event("b", 1, "y"));

    assertThat(names(tracker)).containsExactly("a×1", "b×1");
  }

  @Test
  void listed_secondAttempt_handsOutWhatTheFirstBrought() {
    EventTracker tracker = new EventTracker(0);
    tracker.listing();
    tracker.put(event("a", 1, 5));

    listed(tracker, "9", event("a", 1, 5), event("b", 1, 6));

    assertThat(names(tracker)).containsExactly("a×1", "b×1");
  }

  @Test
  void listed_goneAndBack_isANewEvent() {
    EventTracker tracker = listed(new EventTracker(0), "9", event("a", 1, 5));
    tracker.take();

    listed(tracker, "20");
    tracker.put(event("a", 1, 21));

    assertThat(names(tracker)).containsExactly("a×1");
  }

  @Test
  void put_moreThanFit_losesTheOldestAndSaysHowMany() {
    EventTracker tracker = listed(new EventTracker(0), "1");
    for (int i = 0; i < 10_007; i++) {
      tracker.put(event("e" + i, 1, 2 + i));
    }

    EventTracker.Taken taken = tracker.take();

    assertThat(taken.lost()).isEqualTo(7);
    assertThat(taken.events()).hasSize(10_000);
    assertThat(taken.events().getFirst().uid()).isEqualTo("e7");
    assertThat(tracker.take().lost()).isZero();
  }

  @Test
  void listed_moreThanFit_keepsTheNewestInWhateverOrderTheyCome() {
    EventInfo[] newestFirst =
        IntStream.range(0, 10_020)
            .mapToObj(i -> event("e" + i, 1, 20_000 - i))
            .toArray(EventInfo[]::new);

    EventTracker.Taken taken = listed(new EventTracker(0), "30000", newestFirst).take();

    assertThat(taken.lost()).isEqualTo(20);
    assertThat(taken.events()).hasSize(10_000);
    assertThat(taken.events().getFirst().uid()).as("the oldest that fits").isEqualTo("e9999");
    assertThat(taken.events().getLast().uid()).isEqualTo("e0");
  }

  @Test
  void listed_manyReportedOnesBehindFewNewOnes_handsOutTheNewOnesAndLosesNone() {
    EventInfo[] events =
        IntStream.range(0, 30_000)
            .mapToObj(i -> event("e" + i, 1, i < 10 ? 50_000 + i : i))
            .toArray(EventInfo[]::new);

    EventTracker.Taken taken = listed(new EventTracker(40_000), "60000", events).take();

    assertThat(taken.events())
        .extracting(EventInfo::uid)
        .containsExactly("e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9");
    assertThat(taken.lost()).isZero();
  }

  @Test
  void listed_anotherClusterWithMoreThanFit_countsWhatIsLost() {
    EventInfo[] events =
        IntStream.range(0, 10_005)
            .mapToObj(i -> event("e" + i, 1, 1 + i))
            .toArray(EventInfo[]::new);

    EventTracker.Taken taken = listed(new EventTracker(1_000_000), "20000", events).take();

    assertThat(taken.events()).hasSize(10_000);
    assertThat(taken.lost()).isEqualTo(5);
  }

  @Test
  void message_cutInAPairOfSurrogates_leavesNoHalf() {
    String smile = "\uD83D\uDE00";
    EventInfo event =
        Parse.event("{\"message\":\"%s\"}".formatted("x".repeat(1022) + smile.repeat(5)));

    assertThat(event.message()).isEqualTo("x".repeat(1022) + "…");
  }

  private static EventTracker listed(EventTracker tracker, String version, EventInfo... events) {
    tracker.listing();
    for (EventInfo event : events) {
      tracker.put(event);
    }
    tracker.listed(Set.copyOf(List.of(events).stream().map(EventInfo::uid).toList()), version);
    return tracker;
  }

  private static List<String> names(EventTracker tracker) {
    return tracker.take().events().stream()
        .map(event -> event.uid() + "×" + event.count())
        .toList();
  }

  private static EventInfo event(String uid, int count, long version) {
    return event(uid, count, Long.toString(version));
  }

  private static EventInfo event(String uid, int count, String version) {
    return Parse.event(
        """
        {"metadata":{"uid":"%s","resourceVersion":"%s"},"count":%d}
        """
            .formatted(uid, version, count));
  }
}
