package com.mloptimizer.agent.collector.cluster;

import java.util.Set;

/**
 * Where a {@link Reflector} puts what it learns. Called by the reflector's thread alone.
 *
 * @param <T> the objects
 */
interface Store<T extends Tracked> {

  /** The object is there, as this. */
  void put(T item);

  /** The object is gone. */
  void remove(String uid);

  /** These are all that there are: every other one is gone. */
  void retain(Set<String> uids);
}
