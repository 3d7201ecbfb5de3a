package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** What the backend remembers: the latest of each kind, and the actions. Thread-safe. */
final class Ledger {
  private static final int MAX_EVENTS = 1000;
  private static final int MAX_BATCHES = 500;
  private static final int MAX_ACTIONS = 1000;
  private static final int MAX_KEYS = 100_000;

  private final InstantSource clock;
  private final List<Consumer<BackendEvent>> listeners = new CopyOnWriteArrayList<>();

  // Guarded by this.
  private final Map<Class<? extends BackendEvent>, Deque<BackendEvent>> events =
      new LinkedHashMap<>();
  private final Set<String> batchKeys = new LinkedHashSet<>();
  private final Set<String> resultKeys = new LinkedHashSet<>();
  private final Deque<ResultRequest> resultPosts = new ArrayDeque<>();
  private final Map<ActionId, TrackedAction> actions = new LinkedHashMap<>();
  private final Set<ActionId> polled = new LinkedHashSet<>();
  private boolean connected;

  Ledger(InstantSource clock) {
    this.clock = clock;
  }

  void listen(Consumer<BackendEvent> listener) {
    listeners.add(listener);
  }

  /** Keeps an event and tells everybody; listeners are called outside the lock. */
  void add(BackendEvent event) {
    synchronized (this) {
      Deque<BackendEvent> kept = events.computeIfAbsent(event.getClass(), _ -> new ArrayDeque<>());
      kept.addLast(event);
      int most = event instanceof BackendEvent.BatchReceived ? MAX_BATCHES : MAX_EVENTS;
      if (kept.size() > most) {
        kept.removeFirst();
      }
      if (event instanceof BackendEvent.SocketChanged(boolean up)) {
        connected = up;
      }
      notifyAll();
    }
    listeners.forEach(listener -> listener.accept(event));
  }

  /** The latest events of a kind, oldest first. */
  synchronized <E extends BackendEvent> List<E> events(Class<E> kind) {
    return events.getOrDefault(kind, new ArrayDeque<>()).stream().map(kind::cast).toList();
  }

  synchronized boolean isConnected() {
    return connected;
  }

  /** Takes a batch; false if it is known. */
  boolean addBatch(MetricsBatch batch) {
    synchronized (this) {
      if (!remember(batchKeys, batch.idempotencyKey())) {
        return false;
      }
    }
    add(new BackendEvent.BatchReceived(batch));
    return true;
  }

  /** Takes a result; false if there is one already. */
  boolean addResult(ResultRequest request) {
    synchronized (this) {
      resultPosts.addLast(request);
      if (resultPosts.size() > MAX_EVENTS) {
        resultPosts.removeFirst();
      }
      if (!remember(resultKeys, request.actionId().value())) {
        return false;
      }
      polled.remove(request.actionId());
    }
    add(new BackendEvent.ResultReceived(request));
    change(request.actionId(), action -> action.ended(request.result(), clock.instant()));
    return true;
  }

  /** The latest results as they came, repeated ones too. */
  synchronized List<ResultRequest> resultPosts() {
    return List.copyOf(resultPosts);
  }

  void addFrame(AgentFrame frame) {
    add(new BackendEvent.FrameReceived(frame));
    switch (frame) {
      case AgentFrame.ActionAck ack -> acknowledged(ack);
      case AgentFrame.ActionProgress progress ->
          change(
              progress.actionId(),
              action -> action.progressed(progress.message(), clock.instant()));
      case AgentFrame.Hello _,
          AgentFrame.ConfigStatus _,
          AgentFrame.Pong _,
          AgentFrame.Problem _,
          AgentFrame.Disconnect _ -> {}
    }
  }

  /** Remembers an action; one of a known id replaces nothing. */
  void issue(TrackedAction action, boolean offeredByPoll) {
    synchronized (this) {
      actions.putIfAbsent(action.id(), action);
      if (actions.size() > MAX_ACTIONS) {
        actions.remove(actions.keySet().iterator().next());
      }
      if (offeredByPoll) {
        polled.add(action.id());
      }
    }
    add(new BackendEvent.ActionChanged(action));
  }

  synchronized List<TrackedAction> actions() {
    return List.copyOf(actions.values());
  }

  /** The actions that a poll is answered with: offered, and not acknowledged yet. */
  synchronized List<TrackedAction> offered(int max) {
    return polled.stream()
        .map(actions::get)
        .filter(action -> action != null && action.phase() == TrackedAction.Phase.ISSUED)
        .limit(max)
        .toList();
  }

  /** The actions that are for the WebSocket, and not acknowledged yet. */
  synchronized List<TrackedAction> waitingForPush() {
    return actions.values().stream()
        .filter(action -> action.phase() == TrackedAction.Phase.ISSUED)
        .filter(action -> !polled.contains(action.id()))
        .toList();
  }

  /** Waits until something is there, or answers nothing when time is up. */
  synchronized <T> Optional<T> await(Supplier<Optional<T>> something, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      Optional<T> found = something.get();
      long left = deadline - System.nanoTime();
      if (found.isPresent() || left <= 0) {
        return found;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  private void acknowledged(AgentFrame.ActionAck ack) {
    Optional<ActionId> id =
        Optional.ofNullable(ack.actionId()).or(() -> idOfEnvelope(ack.envelopeSha256()));
    id.ifPresent(known ->
        change(
            known,
            action ->
                switch (ack.status()) {
                  case ACCEPTED, DUPLICATE -> action.accepted(clock.instant());
                  case REJECTED ->
                      action.rejected(ack.reason() == null ? "" : ack.reason(), clock.instant());
                }));
  }

  private synchronized Optional<ActionId> idOfEnvelope(String sha256) {
    return actions.values().stream()
        .filter(action -> action.envelope().sha256().equals(sha256))
        .map(TrackedAction::id)
        .findFirst();
  }

  private void change(ActionId id, UnaryOperator<TrackedAction> change) {
    TrackedAction changed;
    synchronized (this) {
      changed = actions.computeIfPresent(id, (_, action) -> change.apply(action));
    }
    if (changed != null) {
      add(new BackendEvent.ActionChanged(changed));
    }
  }

  private static boolean remember(Set<String> keys, String key) {
    boolean added = keys.add(key);
    if (keys.size() > MAX_KEYS) {
      removeOldest(keys);
    }
    return added;
  }

  private static void removeOldest(Collection<String> keys) {
    var oldest = keys.iterator();
    oldest.next();
    oldest.remove();
  }
}
