package com.mloptimizer.agent.collector.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps one copy of what repeats from object to object: names of namespaces, nodes and images,
 * label sets, container specs. Bounded: what was not asked for since as many others came is
 * forgotten, which costs copies, not correctness; so what is gone from the cluster goes from here.
 * Thread-safe.
 */
public final class Interner {

  private static final int MAX_YOUNG = 20_000;

  private volatile Map<Object, Object> young = new ConcurrentHashMap<>();
  private volatile Map<Object, Object> old = Map.of();

  String text(String value) {
    return value.isEmpty() ? "" : intern(value);
  }

  Map<String, String> labels(Map<String, String> labels) {
    if (labels.isEmpty()) {
      return Map.of();
    }
    Map<String, String> interned = LinkedHashMap.newLinkedHashMap(labels.size());
    labels.forEach((key, value) -> interned.put(text(key), text(value)));
    return intern(Map.copyOf(interned));
  }

  /** The copy to keep of a value that has no parts worth keeping one of. */
  @SuppressWarnings("unchecked") // An entry is equal to, so of the class of, what asks for it.
  <T> T intern(T value) {
    Map<Object, Object> current = young;
    Object known = current.get(value);
    if (known == null) {
      Object older = old.getOrDefault(value, value);
      Object first = current.putIfAbsent(older, older);
      known = first == null ? older : first;
      if (current.size() >= MAX_YOUNG) {
        age();
      }
    }
    return (T) known;
  }

  private synchronized void age() {
    if (young.size() >= MAX_YOUNG) {
      old = young;
      young = new ConcurrentHashMap<>();
    }
  }
}
