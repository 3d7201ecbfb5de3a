package com.mloptimizer.agent.actuator.journal;

import java.time.Instant;

/** What a scan of the journal comes across. */
public sealed interface JournalObject {

  /** An object that stands for an action. */
  record Entry(JournalEntry entry) implements JournalObject {}

  /**
   * An object that stands for none, because its name is no action's id: somebody made it by hand.
   */
  record Stranger(String name, String uid, Instant createdAt) implements JournalObject {}
}
