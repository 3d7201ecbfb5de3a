package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an action keeps for its next attempt, in its journal entry. Only what is new is written, as
 * a merge patch, and at most once a second: a long drain costs a few small writes, not one for each
 * pod. A save that fails is made up for by a later one, unless the caller insists. Safe for use by
 * several threads.
 */
public final class ActionMemory {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final ObjectNode earlier;
  private final Store store;
  private final Ticker ticker;

  private final Object lock = new Object();

  /** Held while saving, so that saves reach the journal in their order. */
  private final ReentrantLock saving = new ReentrantLock();

  private ObjectNode unsaved = JsonNodeFactory.instance.objectNode(); // guarded by lock
  private long savedAt; // guarded by lock

  /** Where it is written. */
  @FunctionalInterface
  public interface Store {

    /** Merges into what is stored, as RFC 7386 says. */
    void merge(ObjectNode patch) throws IOException;
  }

  /**
   * A memory that begins with what earlier attempts left.
   *
   * @param earlier empty on the first attempt
   */
  public ActionMemory(ObjectNode earlier, Store store, Ticker ticker) {
    this.earlier = earlier.deepCopy();
    this.store = store;
    this.ticker = ticker;
    this.savedAt = ticker.nanos() - INTERVAL.toNanos();
  }

  /** What earlier attempts left; empty if there was none. */
  JsonNode earlier() {
    return earlier;
  }

  /** Takes something to remember; it is saved with what else comes within a second. */
  void remember(ObjectNode patch) {
    synchronized (lock) {
      merge(unsaved, patch);
    }
  }

  /** Saves if there is something to save and the last time was a second ago. */
  void saveIfDue() {
    boolean due;
    synchronized (lock) {
      due = !unsaved.isEmpty() && ticker.nanos() - savedAt >= INTERVAL.toNanos();
    }
    if (due && saving.tryLock()) {
      try {
        saveLocked();
      } finally {
        saving.unlock();
      }
    }
  }

  /**
   * Saves now, if there is something to save.
   *
   * @return whether all that was to be remembered is saved
   */
  public boolean save() {
    saving.lock();
    try {
      return saveLocked();
    } finally {
      saving.unlock();
    }
  }

  private boolean saveLocked() {
    ObjectNode patch;
    synchronized (lock) {
      if (unsaved.isEmpty()) {
        return true;
      }
      patch = unsaved;
      unsaved = JsonNodeFactory.instance.objectNode();
      savedAt = ticker.nanos();
    }
    try {
      store.merge(patch);
      return true;
    } catch (IOException e) {
      // The journal's trouble is told where the action ends; what is newer wins over this.
      synchronized (lock) {
        ObjectNode newer = unsaved;
        merge(patch, newer);
        unsaved = patch;
      }
      return false;
    }
  }

  private static void merge(ObjectNode into, ObjectNode patch) {
    for (var field : patch.properties()) {
      if (field.getValue() instanceof ObjectNode more
          && into.get(field.getKey()) instanceof ObjectNode present) {
        merge(present, more);
      } else {
        into.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }
}
