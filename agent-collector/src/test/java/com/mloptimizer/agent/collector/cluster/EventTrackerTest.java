package com.mloptimizer.agent.collector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
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
