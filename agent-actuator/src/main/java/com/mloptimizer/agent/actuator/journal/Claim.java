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

  /** It could not be written, or not be looked up. */
  record Unavailable(String cause, Trouble trouble) implements Claim {}

  /** What the matter is with a claim that failed. */
  enum Trouble {
    /** It may be over a moment later. */
    PASSING,

    /**
     * Somebody must do something: the custom resource is not installed, a permission is missing.
     */
    LASTING,

    /** The API server does not take this object, for what it holds; of others it says nothing. */
    OBJECT
  }
}
