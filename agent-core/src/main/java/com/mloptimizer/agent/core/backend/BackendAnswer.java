package com.mloptimizer.agent.core.backend;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of one attempt, by the table of the protocol's section 1.
 *
 * @param <T> what a successful answer carries
 */
public sealed interface BackendAnswer<T> {

  /** 2xx, or 409 on an idempotent call. */
  record Done<T>(T body) implements BackendAnswer<T> {}

  /** 401 or 403: credentials are read again, the next attempt is due in a minute. */
  record Unauthorized<T>(int status) implements BackendAnswer<T> {}

  /**
   * 408, 429, 5xx, an I/O error or a timeout: to be tried again.
   *
   * @param cause for a log line
   * @param retryAfter the backend's wish, at most an hour
   */
  record RetryLater<T>(String cause, @Nullable Duration retryAfter) implements BackendAnswer<T> {}

  /** 413: the body is too large. */
  record TooLarge<T>() implements BackendAnswer<T> {}

  /** Any other 4xx or 3xx, or an answer that cannot be read: not to be tried again. */
  record Refused<T>(int status, String excerpt) implements BackendAnswer<T> {}
}
