package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionLog;
import com.mloptimizer.agent.core.action.ActionResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * The last fifty actions that ended in this process; the journal in the cluster has those before.
 * Safe for use by several threads.
 */
public final class RecentActions implements ActionLog, Supplier<List<EndedAction>> {
  private static final int CAPACITY = 50;

  // Guarded by this.
  private final Deque<EndedAction> ended = new ArrayDeque<>();

  @Override
  public synchronized void ended(Action action, ActionResult result) {
    ended.addFirst(EndedAction.of(action, result));
    if (ended.size() > CAPACITY) {
      ended.removeLast();
    }
  }

  /** The latest first. */
  @Override
  public synchronized List<EndedAction> get() {
    return List.copyOf(ended);
  }
}
