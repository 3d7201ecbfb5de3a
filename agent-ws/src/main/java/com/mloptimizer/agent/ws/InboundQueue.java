package com.mloptimizer.agent.ws;

import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Messages between the thread that reads them and the one that handles them. Bounded by their
 * number and by their length together; what does not fit is dropped and counted, since a reader
 * that waits would miss pongs, and a backend sends a command again that nobody acknowledged. Safe
 * for use by several threads.
 */
final class InboundQueue {
  /** A message; binary ones, which the protocol has none of, have no text. */
  sealed interface Message {
    record Text(String text) implements Message {}

    record Binary() implements Message {}
  }

  private final int capacity;
  private final int capacityChars;
  private final Doorbell doorbell;
  private final WebSocketMetrics metrics;

  // Guarded by this.
  private final ArrayDeque<Message> messages = new ArrayDeque<>();
  // Guarded by this.
  private int chars;
  // Guarded by this.
  private int overflow;

  InboundQueue(int capacity, int capacityChars, Doorbell doorbell, WebSocketMetrics metrics) {
    this.capacity = capacity;
    this.capacityChars = capacityChars;
    this.doorbell = doorbell;
    this.metrics = metrics;
  }

  /** Takes a message or drops it; returns at once. */
  void offer(Message message) {
    add(message);
    doorbell.ring();
  }

  private synchronized void add(Message message) {
    if (messages.size() >= capacity || chars + length(message) > capacityChars) {
      overflow++;
      metrics.inboundDropped();
      return;
    }
    messages.add(message);
    chars += length(message);
    metrics.inboundDepth(messages.size());
  }

  synchronized Optional<Message> poll() {
    Optional<Message> next = Optional.ofNullable(messages.poll());
    next.ifPresent(message -> chars -= length(message));
    metrics.inboundDepth(messages.size());
    return next;
  }

  /** How many messages were dropped since this was last asked. */
  synchronized int takeOverflow() {
    int count = overflow;
    overflow = 0;
    return count;
  }

  private static int length(Message message) {
    return switch (message) {
      case Message.Text text -> text.text().length();
      case Message.Binary() -> 0;
    };
  }
}
