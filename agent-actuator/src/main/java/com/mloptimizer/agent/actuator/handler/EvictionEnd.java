package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import java.util.List;

/** How the eviction of one pod ended. */
sealed interface EvictionEnd {

  /** As an outcome of the action that asked for it. */
  Outcome outcome();

  /** For a person. */
  String message();

  /** The pod is gone; {@code before} if it was gone before anything was asked for. */
  record Gone(boolean before) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return before ? Outcome.NO_CHANGE : Outcome.CHANGED;
    }

    @Override
    public String message() {
      return before ? "gone already" : "evicted";
    }
  }

  /** A dry run: the API server would evict it now. */
  record Planned() implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.PLANNED;
    }

    @Override
    public String message() {
      return "would be evicted";
    }
  }

  /** Budgets do not allow it: never, or not until the deadline, or, in a dry run, not now. */
  record Blocked(List<String> budgets) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.BLOCKED;
    }

    @Override
    public String message() {
      return "blocked by PodDisruptionBudget " + String.join(", ", budgets);
    }
  }

  /** Evicted, but not gone by the deadline. */
  record StillThere() implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.TIMED_OUT;
    }

    @Override
    public String message() {
      return "evicted, but still there at the deadline";
    }
  }

  /** The API server does not do it. */
  record Failed(String message) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.FAILED;
    }
  }
}
