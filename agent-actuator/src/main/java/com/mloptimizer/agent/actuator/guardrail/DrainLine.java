package com.mloptimizer.agent.actuator.guardrail;

import java.util.ArrayList;
import java.util.List;

/**
 * Lets so many drains run at once, in the order in which they lined up. Safe for use by several
 * threads.
 */
final class DrainLine {
  private final int most;

  // Guarded by this: those that run, then those that wait to go on, then those that wait to begin.
  private final List<Place> line = new ArrayList<>();

  DrainLine(int most) {
    this.most = most;
  }

  /** Lines up behind all others. */
  synchronized Place join() {
    return join(line.size(), false);
  }

  /** Lines up before those that wait to begin: this one has left a node half-drained. */
  synchronized Place joinToGoOn() {
    int before = line.size();
    while (before > 0 && !line.get(before - 1).goesFirst) {
      before--;
    }
    return join(before, true);
  }

  private Place join(int before, boolean goesFirst) {
    Place place = new Place(goesFirst);
    line.add(before, place);
    return place;
  }

  private synchronized boolean isTurnOf(Place place) {
    int index = line.indexOf(place);
    boolean isTurn = index >= 0 && index < most;
    place.goesFirst |= isTurn;
    return isTurn;
  }

  private synchronized void leave(Place place) {
    line.remove(place);
  }

  /** One drain's place, until it is closed. */
  final class Place implements AutoCloseable {
    // Guarded by the line: it runs, or did before the agent was started anew.
    private boolean goesFirst;

    private Place(boolean goesFirst) {
      this.goesFirst = goesFirst;
    }

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
