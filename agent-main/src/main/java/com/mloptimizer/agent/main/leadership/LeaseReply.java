package com.mloptimizer.agent.main.leadership;

/** What became of a call about the Lease. */
sealed interface LeaseReply {

  /** It is so now. */
  record Current(Lease lease) implements LeaseReply {}

  /** There is none. */
  record Absent() implements LeaseReply {}

  /** Somebody else changed, made or deleted it in between. */
  record Conflict() implements LeaseReply {}

  /** Nothing is known, not even whether a write was done. */
  record Failed(String cause) implements LeaseReply {}
}
