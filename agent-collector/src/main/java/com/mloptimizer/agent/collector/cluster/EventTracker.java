package com.mloptimizer.agent.collector.cluster;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/**
 * Hands out each event once for each increase of its count. Keeps counts, not events; what waits to
 * be taken is bounded, the oldest goes first. Thread-safe.
 *
 * <p>A new process finds in its first list what the API server still keeps, an hour's worth. It
 * skips what an earlier one reported: whatever is no newer than the resource version up to which
 * that one came. A list is in the order of names, not of versions, so nothing is handed out of one
 * before it ended, and of more than fit those of the lowest version go first: what was reported
 * before never takes the room of what was not.
 */
public final class EventTracker implements Store<EventInfo> {

  private static final int MAX_WAITING = 10_000;

  // All guarded by this.
  private final Map<String, Integer> counts = new HashMap<>();
  private final Queue<EventInfo> listing =
      new PriorityQueue<>(
          Comparator.<EventInfo>comparingLong(event -> number(event.resourceVersion()))
              .thenComparing(EventInfo::lastSeenAt));
  private final Queue<EventInfo> waiting = new ArrayDeque<>();
  private boolean inList;
  private long skipUpTo;
  private long takenUpTo;
  private long handedUpTo;
  private int lost;
  private int reportedLeftOut;

  /**
   * What was taken.
   *
   * @param upTo the resource version up to which this, and what was taken before, is all; 0 while
   *     that isn't known
   * @param lost how many more there were than are kept between two calls
   */
  public record Taken(List<EventInfo> events, long upTo, int lost) {}

  /**
   * A tracker of what is newer.
   *
   * @param reportedUpTo what an earlier process took up to; 0 if there was none
   */
  EventTracker(long reportedUpTo) {
    this.skipUpTo = reportedUpTo;
    this.handedUpTo = reportedUpTo;
  }

  @Override
  public synchronized void listing() {
    // What an earlier list brought that didn't come to its end stays: it is known by its count.
    inList = true;
  }

  @Override
  public synchronized void put(EventInfo event) {
    Integer known = counts.put(event.uid(), event.count());
    if (known == null || known < event.count()) {
      keep(event, inList ? listing : waiting);
    }
  }

  private void keep(EventInfo event, Queue<EventInfo> queue) {
    queue.add(event);
    if (queue.size() > MAX_WAITING) {
      if (isReported(queue.remove())) {
        reportedLeftOut++;
      } else {
        lost++;
      }
    }
  }

  @Override
  public synchronized void remove(String uid) {
    counts.remove(uid);
  }

  @Override
  public synchronized void listed(Set<String> uids, String resourceVersion) {
    inList = false;
    counts.keySet().retainAll(uids);
    long asOf = number(resourceVersion);
    if (asOf < skipUpTo) {
      // Versions never go back: this is another cluster, or one restored from a backup.
      lost += reportedLeftOut;
      skipUpTo = 0;
    }
    while (!listing.isEmpty()) {
      EventInfo event = listing.remove();
      if (!isReported(event)) {
        keep(event, waiting);
      }
    }
    takenUpTo = asOf;
    skipUpTo = 0;
    reportedLeftOut = 0;
  }

  private boolean isReported(EventInfo event) {
    long version = number(event.resourceVersion());
    return version > 0 && version <= skipUpTo;
  }

  /** Up to which version all was taken, by this one or by an earlier process. */
  synchronized long upTo() {
    return handedUpTo;
  }

  /** What happened since the last call. */
  synchronized Taken take() {
    List<EventInfo> taken = List.copyOf(waiting);
    waiting.clear();
    for (EventInfo event : taken) {
      takenUpTo = Math.max(takenUpTo, number(event.resourceVersion()));
    }
    handedUpTo = takenUpTo > 0 ? takenUpTo : handedUpTo;
    int lostNow = lost;
    lost = 0;
    return new Taken(taken, takenUpTo, lostNow);
  }

  /** A resource version as the number that it is (KEP-5504), or 0. */
  private static long number(String resourceVersion) {
    try {
      return Long.parseLong(resourceVersion);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
