package com.mloptimizer.agent.sandbox.cluster.store;

import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All objects under one resourceVersion, and the latest changes. Each change takes the next version
 * and one slot of the history ring, so a version is also an address: watches keep a cursor instead
 * of a queue, and a past listing is the present one with the changes since undone. Safe for use by
 * many threads; edits run under the lock and must be short.
 */
public final class ObjectStore {
  /** What happened to an object. */
  public enum ChangeType {
    ADDED,
    MODIFIED,
    DELETED
  }

  /** Whether a write stays. */
  public enum WriteMode {
    COMMIT,
    DRY_RUN
  }

  /** One write; {@code object} of a deletion is the last state under the deletion's version. */
  public record Change(
      long version,
      ChangeType type,
      ResourceKind kind,
      ObjectNode object,
      @Nullable ObjectNode previous) {}

  /** Objects as of a version, in order of namespace and name. */
  public record Listing(long version, List<ObjectNode> items) {}

  private static final long FIRST_VERSION = 1000;
  private static final List<String> SERVER_OWNED =
      List.of("name", "uid", "creationTimestamp", "resourceVersion", "generation");

  private final Seed seed;
  private final InstantSource clock;
  private final Change[] history;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // All below guarded by lock.
  private final Map<String, NavigableMap<ObjectKey, ObjectNode>> objects = new HashMap<>();
  private final Map<String, Integer> incarnations = new HashMap<>();
  private long version = FIRST_VERSION;
  private long forgotten = FIRST_VERSION;
  private long wakes;

  /**
   * An empty store.
   *
   * @param historySize how many changes watches and continued lists can go back
   */
  public ObjectStore(Seed seed, InstantSource clock, int historySize) {
    this.seed = seed;
    this.clock = clock;
    this.history = new Change[historySize];
  }

  /** The store's clock. */
  public Instant now() {
    return clock.instant();
  }

  /** The seed that names and ids derive from. */
  public Seed seed() {
    return seed;
  }

  /** The version of the latest change. */
  public long version() {
    lock.lock();
    try {
      return version;
    } finally {
      lock.unlock();
    }
  }

  /** The object, never to be mutated. */
  public Optional<ObjectNode> get(ObjectKey key) {
    lock.lock();
    try {
      return Optional.ofNullable(table(key.kind()).get(key));
    } finally {
      lock.unlock();
    }
  }

  /** Like {@link #get}, absent is a failure. */
  public ObjectNode require(ObjectKey key) {
    return get(key).orElseThrow(() -> ApiFailure.notFound(key.kind(), key.name()));
  }

  /** All objects of the kind. */
  public List<ObjectNode> list(ResourceKind kind) {
    return list(kind, "").items();
  }

  /** The objects of the kind in a namespace; an empty namespace means all. */
  public Listing list(ResourceKind kind, String namespace) {
    lock.lock();
    try {
      return new Listing(version, inNamespace(table(kind), namespace));
    } finally {
      lock.unlock();
    }
  }

  /**
   * The objects as they were at a version.
   *
   * @throws ApiFailure Expired if the history does not reach back that far
   */
  public Listing listAt(ResourceKind kind, String namespace, long at) {
    lock.lock();
    try {
      requireRemembered(at);
      NavigableMap<ObjectKey, ObjectNode> past = new TreeMap<>(table(kind));
      for (long v = version; v > at; v--) {
        Change change = remembered(v);
        if (!change.kind().qualifiedName().equals(kind.qualifiedName())) {
          continue;
        }
        ObjectKey key = ObjectKey.of(kind, change.object());
        if (change.previous() == null) {
          past.remove(key);
        } else {
          past.put(key, change.previous());
        }
      }
      return new Listing(at, inNamespace(past, namespace));
    } finally {
      lock.unlock();
    }
  }

  private static List<ObjectNode> inNamespace(
      NavigableMap<ObjectKey, ObjectNode> table, String namespace) {
    if (namespace.isEmpty()) {
      return List.copyOf(table.values());
    }
    List<ObjectNode> found = new ArrayList<>();
    table.forEach((key, object) -> {
      if (key.namespace().equals(namespace)) {
        found.add(object);
      }
    });
    return found;
  }

  /** Stores a new object and fills in what the server owns of its metadata. */
  public ObjectNode create(ResourceKind kind, ObjectNode draft, WriteMode mode) {
    lock.lock();
    try {
      ObjectNode created = draft.deepCopy();
      ObjectKey key = ObjectKey.of(kind, created);
      if (table(kind).containsKey(key)) {
        throw ApiFailure.alreadyExists(kind, key.name());
      }
      String identity = kind.qualifiedName() + "/" + key.namespace() + "/" + key.name();
      int incarnation = incarnations.getOrDefault(identity, 0);
      ObjectNode metadata = Fields.object(created, "metadata");
      metadata.put("uid", seed.uuid("uid/" + identity + "/" + incarnation));
      metadata.put("creationTimestamp", Fields.timestamp(now()));
      metadata.remove("resourceVersion");
      metadata.remove("deletionTimestamp");
      metadata.remove("deletionGracePeriodSeconds");
      if (kind.has(Trait.GENERATION)) {
        metadata.put("generation", 1);
      }
      if (mode == WriteMode.COMMIT) {
        incarnations.put(identity, incarnation + 1);
        commit(ChangeType.ADDED, key, created, null);
      }
      return created;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Edits an object atomically. An edit that changes nothing is no change; an object that is being
   * deleted and has neither grace nor finalizers left is removed.
   *
   * @param edit gets a copy to change, or throws to refuse
   * @return the object as stored, or its last state if the edit removed it
   */
  public ObjectNode update(ObjectKey key, WriteMode mode, UnaryOperator<ObjectNode> edit) {
    lock.lock();
    try {
      ObjectNode before = require(key);
      ObjectNode after = edit.apply(before.deepCopy());
      ObjectNode metadata = Fields.object(after, "metadata");
      JsonNode known = before.path("metadata");
      for (String owned : SERVER_OWNED) {
        known.optional(owned).ifPresent(value -> metadata.set(owned, value));
      }
      if (after.equals(before)) {
        return before;
      }
      if (key.kind().has(Trait.GENERATION) && !desired(before).equals(desired(after))) {
        metadata.put("generation", Fields.number(before, "metadata.generation", 0) + 1);
      }
      if (mode == WriteMode.COMMIT) {
        ChangeType type = isGone(after) ? ChangeType.DELETED : ChangeType.MODIFIED;
        commit(type, key, after, before);
      }
      return after;
    } finally {
      lock.unlock();
    }
  }

  /** Like {@link #update}, committed; an object that is absent by now is left alone. */
  public void updateIfPresent(ObjectKey key, UnaryOperator<ObjectNode> edit) {
    lock.lock();
    try {
      if (table(key.kind()).containsKey(key)) {
        update(key, WriteMode.COMMIT, edit);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Removes an object at once, whatever holds it; absent is fine. */
  public void remove(ObjectKey key) {
    lock.lock();
    try {
      ObjectNode before = table(key.kind()).get(key);
      if (before != null) {
        commit(ChangeType.DELETED, key, before.deepCopy(), before);
      }
    } finally {
      lock.unlock();
    }
  }

  private static boolean isGone(ObjectNode object) {
    return Fields.isDeleting(object)
        && Fields.number(object, "metadata.deletionGracePeriodSeconds", 0) == 0
        && Fields.at(object, "metadata.finalizers").isEmpty()
        && Fields.at(object, "spec.finalizers").isEmpty();
  }

  private static ObjectNode desired(ObjectNode object) {
    ObjectNode desired = object.deepCopy();
    desired.remove(List.of("metadata", "status"));
    return desired;
  }

  private void commit(
      ChangeType type, ObjectKey key, ObjectNode object, @Nullable ObjectNode previous) {
    version++;
    Fields.object(object, "metadata").put("resourceVersion", Long.toString(version));
    if (type == ChangeType.DELETED) {
      table(key.kind()).remove(key);
    } else {
      table(key.kind()).put(key, object);
    }
    history[slot(version)] = new Change(version, type, key.kind(), object, previous);
    forgotten = Math.max(forgotten, version - history.length);
    changed.signalAll();
  }

  /**
   * The changes after a version, at most a batch of them; waits for one if there is none yet. An
   * empty answer means that the time is over or that somebody called {@link #wake}.
   *
   * @throws ApiFailure Expired if the history does not reach back that far
   */
  public List<Change> changesAfter(long after, Duration wait) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long wakesAtStart = wakes;
      long left = wait.toNanos();
      while (version <= after && wakes == wakesAtStart && left > 0) {
        left = changed.awaitNanos(left);
      }
      requireRemembered(after);
      List<Change> changes = new ArrayList<>();
      for (long v = after + 1; v <= version && changes.size() < 1000; v++) {
        changes.add(remembered(v));
      }
      return changes;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a change after a version, or until the time is over. */
  public void awaitChange(long after, Duration wait) throws InterruptedException {
    long left = wait.toNanos();
    lock.lockInterruptibly();
    try {
      while (version <= after && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets every waiting {@link #changesAfter} return. */
  public void wake() {
    lock.lock();
    try {
      wakes++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Forgets the history, as compaction does: older versions are expired from now on. */
  public void forgetHistory() {
    lock.lock();
    try {
      forgotten = version;
    } finally {
      lock.unlock();
    }
  }

  private void requireRemembered(long at) {
    if (at < forgotten) {
      throw ApiFailure.expired("too old resource version: " + at + " (" + forgotten + ")");
    }
  }

  private Change remembered(long v) {
    return history[slot(v)];
  }

  private int slot(long v) {
    return (int) (v % history.length);
  }

  private NavigableMap<ObjectKey, ObjectNode> table(ResourceKind kind) {
    return objects.computeIfAbsent(kind.qualifiedName(), _ -> new TreeMap<>());
  }
}
