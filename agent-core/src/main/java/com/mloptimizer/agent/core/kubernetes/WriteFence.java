package com.mloptimizer.agent.core.kubernetes;

/**
 * Decides whether a write may begin, at the last moment at which this process can: the connection
 * stands, and the next thing to happen is that the request's first byte is sent. Used by several
 * threads.
 *
 * @see KubernetesClient#fencedBy
 */
public interface WriteFence {

  /**
   * A write is about to be sent. Returns at once.
   *
   * @throws FencedWriteException if it must not be
   */
  void enter() throws FencedWriteException;

  /** The write that {@link #enter} let through has been answered, or nobody waits for it more. */
  void leave();
}
