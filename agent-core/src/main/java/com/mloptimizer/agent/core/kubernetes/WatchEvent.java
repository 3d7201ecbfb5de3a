package com.mloptimizer.agent.core.kubernetes;

/**
 * One event of a watch.
 *
 * @param <T> what the watch's {@link ItemParser} makes of an object
 */
public sealed interface WatchEvent<T> {

  /** The object is new, or newly matches the selectors. */
  record Added<T>(T item) implements WatchEvent<T> {}

  /** The object changed. */
  record Modified<T>(T item) implements WatchEvent<T> {}

  /** The object is gone, or no longer matches; this is its last state. */
  record Deleted<T>(T item) implements WatchEvent<T> {}

  /** Everything up to this version was delivered: a later watch may start from here. */
  record Bookmark<T>(String resourceVersion) implements WatchEvent<T> {}
}
