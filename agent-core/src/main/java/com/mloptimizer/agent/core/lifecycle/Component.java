package com.mloptimizer.agent.core.lifecycle;

import com.mloptimizer.agent.core.protocol.ComponentName;
import java.time.Duration;

/**
 * One of the agent's loops. The supervisor calls {@link #run} on a thread that has the component's
 * name, calls it again after a failure, and calls {@link #stop} once.
 */
public interface Component {

  /** Which one it is. */
  ComponentName name();

  /**
   * The longest time that a sound loop goes without telling its {@link ComponentHealth}; past it
   * the thread is interrupted and the loop started anew.
   */
  Duration progressBound();

  /**
   * Does the component's work until it is told to stop. Expected failures, a backend that is away
   * for one, are its own business; what it throws means that the loop is to be started anew.
   *
   * @throws InterruptedException if the supervisor gave up on this run
   */
  void run() throws InterruptedException;

  /**
   * Asks {@link #run} to finish what must be finished and to return within the time that the
   * supervisor grants. Returns at once; calling it again does nothing.
   */
  void stop();
}
