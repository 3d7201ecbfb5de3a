package com.mloptimizer.agent.core.action;

/** Is told how actions end, for whoever looks at the agent; the journal is what lasts. */
@FunctionalInterface
public interface ActionLog {

  /** An action has ended. Called on the action's thread; returns at once and never fails. */
  void ended(Action action, ActionResult result);

  /** Tells nobody. */
  static ActionLog none() {
    return (_, _) -> {};
  }
}
