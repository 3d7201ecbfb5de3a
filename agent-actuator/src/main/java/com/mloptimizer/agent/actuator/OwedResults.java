package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.core.action.ActionId;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far the journal's results are on their way to the backend, as this process knows it: which of
 * them wait to be told, which the backend has not acknowledged, and which it has while the journal
 * does not say so yet. Each reading of the journal puts right what is owed: objects may have been
 * deleted meanwhile, and an earlier process has left some. Safe for use by several threads.
 */
final class OwedResults {
  private final int most;
  private final ActuatorMetrics metrics;

  // All guarded by this.
  private final Set<ActionId> waiting = new HashSet<>();
  private final Set<ActionId> owed = new HashSet<>();
  private final Set<ActionId> unmarked = new HashSet<>();

  /** The reading that is under way; null if none is. */
  private @Nullable Recount latest;

  /**
   * Nothing is owed yet.
   *
   * @param most that is ever of interest
   */
  OwedResults(int most, ActuatorMetrics metrics) {
    this.most = most;
    this.metrics = metrics;
  }

  /** Whether more should not be added. */
  synchronized boolean isSwamped() {
    return owed.size() >= most;
  }

  /** The journal has this result, unmarked; false if it waits already, or its mark does. */
  synchronized boolean add(ActionId id) {
    note(id);
    if (unmarked.contains(id)) {
      return false;
    }
    owed.add(id);
    count();
    return waiting.add(id);
  }

  /** The backend asks again for what has ended; false if its result waits already. */
  synchronized boolean addAgain(JournalEntry entry) {
    if (!isAcknowledged(entry)) {
      return add(entry.id());
    }
    return waiting.add(entry.id());
  }

  /** Whether the backend has the result, by the journal or by what was heard since. */
  synchronized boolean isAcknowledged(JournalEntry entry) {
    return entry.reported() || unmarked.contains(entry.id());
  }

  /** It finds no room, or does not wait any more. */
  synchronized void waitsNoMore(ActionId id) {
    waiting.remove(id);
  }

  /** The backend has it. At once, so that whatever comes meanwhile finds it either way. */
  synchronized void acknowledged(ActionId id) {
    note(id);
    waiting.remove(id);
    owed.remove(id);
    unmarked.add(id);
    count();
  }

  /** The journal says that the backend has it, or will not be told: it is as the journal says. */
  synchronized void marked(ActionId id) {
    note(id);
    unmarked.remove(id);
  }

  /** A reading of the journal begins, and is over when this is closed. */
  synchronized Recount recount() {
    Recount recount = new Recount();
    latest = recount;
    return recount;
  }

  /** Called under the lock. */
  private void note(ActionId id) {
    if (latest != null) {
      latest.changed.add(id);
    }
  }

  /** Called under the lock. */
  private void count() {
    metrics.owed(owed.size());
  }

  /** What a reading of the journal shows to be owed, whatever was remembered. */
  final class Recount implements AutoCloseable {
    /** What this process knows better than a reading that began before. */
    private final Set<ActionId> changed = new HashSet<>();

    private final Set<ActionId> found = new HashSet<>();

    /** The journal has this result, and no mark; whether it is to be told. */
    boolean find(ActionId id) {
      synchronized (OwedResults.this) {
        if (changed.contains(id) || unmarked.contains(id)) {
          return false;
        }
        if (found.size() < most) {
          found.add(id);
        }
        return !waiting.contains(id);
      }
    }

    /** The journal was read to its end. */
    void end() {
      synchronized (OwedResults.this) {
        if (latest != this) {
          return; // A later reading knows better.
        }
        found.removeAll(changed);
        if (found.size() < most) {
          owed.removeIf(id -> !found.contains(id) && !changed.contains(id));
        }
        owed.addAll(found);
        count();
      }
    }

    /** From now on it keeps nothing in mind, whether it came to its end or not. */
    @Override
    public void close() {
      synchronized (OwedResults.this) {
        if (latest == this) {
          latest = null;
        }
      }
    }
  }
}
