package com.mloptimizer.agent.collector.cluster;

import java.util.Set;

/**
 * Where a {@link Reflector} puts what it learns. Called by the reflector's thread alone.
 *
 * @param <T> the objects
 */
interface Store<T extends Tracked> {

  /** A list begins; what is put from now on comes from it. */
  default void listing() {}

  /** The object is there, as this. */
  void put(T item);

  /** The object is gone. */
  void remove(String uid);

  /**
   * A list ended: these are all that there are, every other one is gone.
   *
   * @param resourceVersion as of which
   */
  void listed(Set<String> uids, String resourceVersion);
}
