package com.mloptimizer.agent.core.protocol;

/** Where frames for the backend go. */
public interface AgentOutbox {

  /**
   * Sends a frame as soon as there is a connection. Returns at once; frames wait in order in a
   * bounded buffer, the oldest is dropped and counted when it is full. Safe for use by several
   * threads.
   */
  void send(AgentFrame frame);
}
