package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.kubernetes.WriteFence;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import java.util.Optional;

/**
 * Whether this process is the one that works, as far as it may know: from the moment at which
 * another could lead, this one does not. Safe for use by several threads; everything returns at
 * once.
 */
public interface Leadership extends Readiness, AutoCloseable {

  /** Where a process stands. It goes through these in order, and from the last two nowhere. */
  enum State {
    /** Another process leads, or nobody does yet. */
    STANDING_BY,
    LEADING,
    /** It could not renew in time, or another took over: the process is to end. */
    LOST,
    /** Given back. */
    RELEASED
  }

  /** Where this process stands now. */
  State state();

  /** Whether this process leads now. */
  default boolean isLeading() {
    return state() == State.LEADING;
  }

  /** Why the leadership was lost; empty if it was not. */
  String lossReason();

  /** How often somebody, this process included, was seen to take over. */
  long transitions();

  /** Lets writes through as long as this process leads. */
  WriteFence fence();

  /** Why the process should be started anew, other than a lost leadership. */
  Optional<String> livenessProblem();

  /** Begins to run for it. */
  void start();

  /** Lets no write begin any more and gives the leadership back so that another need not wait. */
  void release();

  /** Waits, for a moment, until {@link #release} is done. */
  @Override
  void close();
}
