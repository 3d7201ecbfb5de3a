package com.mloptimizer.agent.collector.spool;

/** What became of an entry. */
public sealed interface AppendOutcome {

  /** It waits on disk. */
  record Appended() implements AppendOutcome {}

  /** It is lost, because of this. */
  record Dropped(String reason) implements AppendOutcome {}
}
