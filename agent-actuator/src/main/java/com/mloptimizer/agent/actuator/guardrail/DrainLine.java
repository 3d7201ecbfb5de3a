package com.mloptimizer.agent.actuator.guardrail;

import java.util.ArrayList;
import java.util.List;

/**
 * Lets so many drains run at once, in the order in which they lined up. Safe for use by several
 * threads.
 */
final class DrainLine {
  private final int most;

  // Guarded by this: those that run, then those that wait.
  private final List<Place> line = new ArrayList<>();

  DrainLine(int most) {
    this.most = most;
  }

  /** Lines up. */
  synchronized Place join() {
    Place place = new Place();
    line.add(place);
    return place;
  }

  private synchronized boolean isTurnOf(Place place) {
    int index = line.indexOf(place);
    return index >= 0 && index < most;
  }

  private synchronized void leave(Place place) {
    line.remove(place);
  }

  /** One drain's place, until it is closed. */
  final class Place implements AutoCloseable {
    private Place() {}

    /** Whether this drain may run; once it may, it always may. */
    boolean isFirst() {
      return isTurnOf(this);
    }

    @Override
    public void close() {
      leave(this);
    }
  }
}
