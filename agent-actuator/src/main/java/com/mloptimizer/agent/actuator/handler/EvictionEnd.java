package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import java.util.List;

/** How the eviction of one pod ended. */
sealed interface EvictionEnd {

  /** As an outcome of the action that asked for it. */
  Outcome outcome();

  /** For a person. */
  String message();

  /** The pod is gone, and the action asked for it. */
  record Evicted() implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.CHANGED;
    }

    @Override
    public String message() {
      return "evicted";
    }
  }

  /** The pod was gone before this action asked for anything. */
  record GoneAlready() implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.NO_CHANGE;
    }

    @Override
    public String message() {
      return "gone already";
    }
  }

  /** A dry run: the API server would evict it now, or it goes anyway. */
  record Planned(String message) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.PLANNED;
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
      return budgets.isEmpty()
          ? "blocked by a PodDisruptionBudget"
          : "blocked by PodDisruptionBudget " + String.join(", ", budgets);
    }
  }

  /** On its way, but not gone by the deadline. */
  record StillThere(String why) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.TIMED_OUT;
    }

    @Override
    public String message() {
      return why + ", but still there at the deadline";
    }
  }

  /** The deadline came before there was an answer. */
  record Unanswered(String message) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.TIMED_OUT;
    }
  }

  /** The minute's evictions were used up until the deadline. */
  record OutOfTurn() implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.TIMED_OUT;
    }

    @Override
    public String message() {
      return "not evicted: its turn (guardrail max_evictions_per_minute) was after the deadline";
    }
  }

  /** The drain or the eviction was cancelled. */
  record Cancelled(boolean accepted) implements EvictionEnd {
    @Override
    public Outcome outcome() {
      return Outcome.CANCELLED;
    }

    @Override
    public String message() {
      return accepted ? "evicted, cancelled before it was gone" : "not evicted, cancelled before";
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
