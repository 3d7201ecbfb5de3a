package com.mloptimizer.agent.actuator.journal;

/** What became of the attempt to write an action into the journal, or to find it there. */
public sealed interface Claim {

  /** It is ours to carry out. */
  record Claimed(JournalEntry entry) implements Claim {}

  /** The same action was accepted before. */
  record Duplicate(JournalEntry entry) implements Claim {}

  /** Another action was accepted under this id. */
  record Conflict() implements Claim {}

  /** No action was accepted under this id: so says a look, never an attempt to write. */
  record Absent() implements Claim {}

  /**
   * The journal cannot be used now.
   *
   * @param permanent whether somebody must do something about it: the custom resource is not
   *     installed, or a permission is missing
   */
  record Unavailable(String cause, boolean permanent) implements Claim {}
}
