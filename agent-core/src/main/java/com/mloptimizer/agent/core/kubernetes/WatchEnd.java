package com.mloptimizer.agent.core.kubernetes;

/** Why a watch ended, when the connection did not simply break. */
public sealed interface WatchEnd {

  /** The server ended it, as it does after a while: watch again from the last version seen. */
  record Finished() implements WatchEnd {}

  /** The version is older than the server's history (410): list again. */
  record Expired(ApiAnswer answer) implements WatchEnd {}

  /** The server refused with another status, at the beginning or in an ERROR event. */
  record Refused(ApiAnswer answer) implements WatchEnd {}

  /** {@link ResourceWatch#close()} ended it. */
  record Closed() implements WatchEnd {}
}
