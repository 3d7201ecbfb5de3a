package com.mloptimizer.agent.core.action;

import org.jspecify.annotations.Nullable;

/**
 * The object that an action is about.
 *
 * @param kind the Kubernetes kind, for example {@code Node}
 * @param namespace its namespace; null for what has none
 * @param name its name
 */
public record Target(String kind, @Nullable String namespace, String name) {

  static Target node(String name) {
    return new Target("Node", null, name);
  }

  /** {@code Kind/name} or {@code Kind/namespace/name}. */
  @Override
  public String toString() {
    return namespace == null ? kind + "/" + name : kind + "/" + namespace + "/" + name;
  }
}
