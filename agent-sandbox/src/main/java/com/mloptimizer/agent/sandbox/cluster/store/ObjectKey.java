package com.mloptimizer.agent.sandbox.cluster.store;

import java.util.Comparator;
import tools.jackson.databind.JsonNode;

/**
 * Names one object of a kind.
 *
 * @param namespace empty for cluster scoped objects
 */
public record ObjectKey(ResourceKind kind, String namespace, String name)
    implements Comparable<ObjectKey> {
  private static final Comparator<ObjectKey> ORDER =
      Comparator.comparing(ObjectKey::namespace).thenComparing(ObjectKey::name);

  /** The key of an object that has a name. */
  public static ObjectKey of(ResourceKind kind, JsonNode object) {
    String namespace = kind.namespaced() ? Fields.namespace(object) : "";
    return new ObjectKey(kind, namespace, Fields.name(object));
  }

  /** In the order of lists: by namespace, then by name. */
  @Override
  public int compareTo(ObjectKey other) {
    return ORDER.compare(this, other);
  }
}
