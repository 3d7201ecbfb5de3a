package com.mloptimizer.agent.collector.cluster;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The objects of one resource, by UID: written by one reflector, read by anybody.
 *
 * @param <T> the objects
 */
final class Cache<T extends Tracked> implements Store<T> {

  private final Map<String, T> items = new ConcurrentHashMap<>();

  @Override
  public void put(T item) {
    items.put(item.uid(), item);
  }

  @Override
  public void remove(String uid) {
    items.remove(uid);
  }

  @Override
  public void listed(Set<String> uids, String resourceVersion) {
    items.keySet().retainAll(uids);
  }

  Collection<T> all() {
    return Collections.unmodifiableCollection(items.values());
  }

  Optional<T> get(String uid) {
    return Optional.ofNullable(items.get(uid));
  }
}
