package com.mloptimizer.agent.core.action;

import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;

/** Where envelopes with actions go, whichever way they came. */
public interface ActionInbox {

  /**
   * Takes an envelope, which nobody has verified yet. Returns at once and never fails: what becomes
   * of it is told by an {@code action_ack}. Safe for use by several threads.
   */
  void submit(ReceivedEnvelope envelope, Source source);

  /** The way that an action came. */
  enum Source {
    WEBSOCKET,
    POLL
  }
}
