package com.mloptimizer.agent.collector.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Hands out each event once for each increase of its count. Keeps counts, not events; what waits to
 * be taken is bounded, the oldest goes first.
 */
final class EventTracker implements Store<EventInfo> {

  private static final int MAX_WAITING = 10_000;

  // Both guarded by this.
  private final Map<String, Integer> counts = new HashMap<>();
  private final Deque<EventInfo> waiting = new ArrayDeque<>();
  private long dropped;

  @Override
  public synchronized void put(EventInfo event) {
    Integer known = counts.put(event.uid(), event.count());
    if (known != null && known >= event.count()) {
      return;
    }
    if (waiting.size() >= MAX_WAITING) {
      waiting.removeFirst();
      dropped++;
    }
    waiting.addLast(event);
  }

  @Override
  public synchronized void remove(String uid) {
    counts.remove(uid);
  }

  @Override
  public synchronized void retain(Set<String> uids) {
    counts.keySet().retainAll(uids);
  }

  /** What happened since the last call. */
  synchronized List<EventInfo> take() {
    List<EventInfo> taken = new ArrayList<>(waiting);
    waiting.clear();
    return taken;
  }

  /** How many went unreported because nobody took them in time. */
  synchronized long dropped() {
    return dropped;
  }
}
