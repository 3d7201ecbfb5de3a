package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where acknowledgements, progress and configuration states wait until there is a connection: in
 * order, the oldest dropped and counted when it is full. Of an action's progress only the latest
 * waits, and at most one a second leaves. It outlives connections and restarts of the component.
 * Safe for use by several threads.
 */
public final class FrameOutbox implements AgentOutbox {
  private static final long PROGRESS_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * A frame and when it was said, which its {@code timestamp} tells however long it waits.
   *
   * @param key the action of a progress, else something that equals nothing else
   */
  record Waiting(Object key, AgentFrame frame, Instant saidAt) {}

  private final int capacity;
  private final InstantSource clock;
  private final Ticker ticker;
  private final Doorbell doorbell = new Doorbell();
  private final Gauge depth;
  private final Counter dropped;

  // Guarded by this.
  private final LinkedHashMap<Object, Waiting> waiting = new LinkedHashMap<>();
  // Guarded by this; holds what was sent within the last second.
  private final Map<Object, Long> progressSentNanos = new HashMap<>();

  /**
   * An empty outbox.
   *
   * @param capacity the most frames that wait
   * @param clock tells when a frame was said
   * @param registry gets {@code agent_websocket_outbox_frames} and {@code
   *     agent_websocket_outbox_dropped_total}
   */
  public FrameOutbox(int capacity, InstantSource clock, Ticker ticker, CollectorRegistry registry) {
    this.capacity = capacity;
    this.clock = clock;
    this.ticker = ticker;
    this.depth =
        Gauge.build("agent_websocket_outbox_frames", "Frames that wait to be sent")
            .register(registry);
    this.dropped =
        Counter.build(
                "agent_websocket_outbox_dropped", "Frames dropped unsent because too many waited")
            .register(registry);
  }

  @Override
  public void send(AgentFrame frame) {
    add(frame);
    doorbell.ring();
  }

  private synchronized void add(AgentFrame frame) {
    Object key =
        frame instanceof AgentFrame.ActionProgress progress ? progress.actionId() : new Object();
    waiting.putLast(key, new Waiting(key, frame, clock.instant()));
    if (waiting.size() > capacity) {
      waiting.pollFirstEntry();
      dropped.inc();
    }
    depth.set(waiting.size());
  }

  /** What rings when a frame was added. */
  Doorbell doorbell() {
    return doorbell;
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Removes the first frame that may be sent now. */
  synchronized Optional<Waiting> take() {
    long now = ticker.nanos();
    progressSentNanos.values().removeIf(sent -> now - sent >= PROGRESS_INTERVAL_NANOS);
    Iterator<Waiting> frames = waiting.values().iterator();
    while (frames.hasNext()) {
      Waiting next = frames.next();
      if (!progressSentNanos.containsKey(next.key())) {
        frames.remove();
        if (next.key() instanceof ActionId) {
          progressSentNanos.put(next.key(), now);
        }
        depth.set(waiting.size());
        return Optional.of(next);
      }
    }
    return Optional.empty();
  }

  /** Puts a frame that could not be sent after all back to the front. */
  synchronized void putBack(Waiting unsent) {
    if (waiting.size() >= capacity) {
      dropped.inc();
    } else if (!waiting.containsKey(unsent.key())) {
      waiting.putFirst(unsent.key(), unsent);
    }
    progressSentNanos.remove(unsent.key());
    depth.set(waiting.size());
  }
}
