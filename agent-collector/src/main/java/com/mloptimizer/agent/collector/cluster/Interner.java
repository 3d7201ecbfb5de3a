package com.mloptimizer.agent.collector.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps one copy of what repeats from object to object: names of namespaces, nodes and images,
 * label sets, container specs. Bounded: when it is full it forgets and begins anew, which costs
 * copies, not correctness. Thread-safe.
 */
public final class Interner {

  private static final int MAX_ENTRIES = 100_000;

  private final Map<Object, Object> known = new ConcurrentHashMap<>();

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

  Meta.Controller controller(Meta.Controller controller) {
    return intern(controller);
  }

  ContainerSpec container(ContainerSpec container) {
    return intern(container);
  }

  Amounts amounts(Amounts amounts) {
    return intern(amounts);
  }

  @SuppressWarnings("unchecked") // An entry is equal to, so of the class of, what asks for it.
  private <T> T intern(T value) {
    if (known.size() >= MAX_ENTRIES) {
      known.clear();
    }
    Object first = known.putIfAbsent(value, value);
    return first == null ? value : (T) first;
  }
}
