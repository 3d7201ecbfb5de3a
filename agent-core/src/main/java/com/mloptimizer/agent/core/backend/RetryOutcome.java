package com.mloptimizer.agent.core.backend;

/**
 * How a call ended that was made until it was answered.
 *
 * @param <T> what a successful answer carries
 */
public sealed interface RetryOutcome<T> {

  /** 2xx, or 409 on an idempotent call. */
  record Done<T>(T body) implements RetryOutcome<T> {}

  /** 413: the body is too large. */
  record TooLarge<T>() implements RetryOutcome<T> {}

  /** Not to be tried again, as {@link BackendAnswer.Refused}, which has been logged. */
  record Refused<T>(int status, String excerpt) implements RetryOutcome<T> {}

  /** The loop was told to end before there was an answer. */
  record Stopped<T>() implements RetryOutcome<T> {}
}
