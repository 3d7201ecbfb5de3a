package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.JournalObject;
import com.mloptimizer.agent.actuator.journal.Phase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of the journal needs work, sorted out while it is read. Bounded, however much the journal
 * holds; what finds no room is found when it is read again. Not for use by several threads.
 */
final class JournalReading {
  private static final Logger log = LoggerFactory.getLogger(JournalReading.class);

  /** More than one process lets wait; forged objects may be any number. */
  private static final int MAX_UNFINISHED = 500;

  private static final int MAX_UNREPORTED = 500;
  private static final int MAX_OLD = 5000;

  private final Retention retention;
  private final Instant now;
  private final OwedResults.Recount owed;

  /**
   * What has begun before what has not: it holds a node cordoned, for example. Cancels in between,
   * so that what they cancel does not begin.
   */
  private static final Comparator<JournalEntry> IN_TURN =
      Comparator.comparing((JournalEntry entry) -> entry.phase() != Phase.RUNNING)
          .thenComparing(entry -> !entry.isCancel())
          .thenComparing(JournalEntry.BY_ACCEPTANCE);

  /** The last first, so that it can give way to one whose turn is earlier. */
  private final PriorityQueue<JournalEntry> unfinished = new PriorityQueue<>(IN_TURN.reversed());

  private final List<JournalEntry> unreported = new ArrayList<>();
  private final List<Old> old = new ArrayList<>();
  private boolean leavesUnreported;
  private boolean incomplete;

  /** An object to delete. */
  record Old(String name, String uid) {}

  JournalReading(Retention retention, Instant now, OwedResults.Recount owed) {
    this.retention = retention;
    this.now = now;
    this.owed = owed;
  }

  void add(JournalObject object) {
    boolean isOver = retention.isOver(object, now);
    switch (object) {
      case JournalObject.Stranger(var name, var uid, _) -> {
        if (isOver) {
          addOld(new Old(name, uid));
        } else {
          log.debug("{} in the journal is no action", name);
        }
      }
      case JournalObject.Entry(JournalEntry entry) -> {
        if (isOver) {
          addOld(new Old(entry.id().value(), entry.uid()));
        } else if (!entry.isFinished()) {
          addUnfinished(entry);
        } else if (!entry.reported() && owed.find(entry.id())) {
          addUnreported(entry);
        }
      }
    }
  }

  /**
   * What nobody has finished: first what has begun, then cancels, then the rest, each in the order
   * in which it was accepted; the first ones if not all.
   */
  List<JournalEntry> unfinished() {
    return unfinished.stream().sorted(IN_TURN).toList();
  }

  /** What ended and is neither known to be reported nor about to be. */
  List<JournalEntry> unreported() {
    return unreported;
  }

  /** What may be deleted. */
  List<Old> old() {
    return old;
  }

  /** Whether there were more results; to be read again when the ones found have been told. */
  boolean leavesUnreported() {
    return leavesUnreported;
  }

  /** Whether there is more to take up or to delete. */
  boolean isIncomplete() {
    return incomplete;
  }

  private void addUnfinished(JournalEntry entry) {
    unfinished.add(entry);
    if (unfinished.size() > MAX_UNFINISHED) {
      unfinished.remove();
      incomplete = true;
    }
  }

  private void addUnreported(JournalEntry entry) {
    if (unreported.size() < MAX_UNREPORTED) {
      unreported.add(entry);
    } else {
      leavesUnreported = true;
    }
  }

  private void addOld(Old object) {
    if (old.size() < MAX_OLD) {
      old.add(object);
    } else {
      incomplete = true;
    }
  }
}
