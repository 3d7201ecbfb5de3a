package com.mloptimizer.agent.main.permission;

/**
 * One thing that RBAC may allow.
 *
 * @param verb for example {@code patch}
 * @param group the API group, empty for the core group
 * @param resource with its subresource, for example {@code pods/eviction}
 * @param namespace empty for all namespaces and for what has none
 */
public record Permission(String verb, String group, String resource, String namespace) {

  static Permission cluster(String verb, String group, String resource) {
    return new Permission(verb, group, resource, "");
  }

  /** For example {@code create pods/eviction}, or {@code patch deployments/scale.apps}. */
  @Override
  public String toString() {
    String name = group.isEmpty() ? resource : resource + "." + group;
    return verb + " " + name + (namespace.isEmpty() ? "" : " in " + namespace);
  }
}
