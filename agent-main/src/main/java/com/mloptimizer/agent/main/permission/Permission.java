package com.mloptimizer.agent.main.permission;

/**
 * One thing that RBAC may allow.
 *
 * @param verb for example {@code patch}
 * @param group the API group, empty for the core group
 * @param resource with its subresource, for example {@code pods/eviction}
 * @param namespace empty for all namespaces and for what has none
 * @param name of the only object that is meant, empty for all
 */
public record Permission(
    String verb, String group, String resource, String namespace, String name) {

  static Permission in(String namespace, String verb, String group, String resource) {
    return new Permission(verb, group, resource, namespace, "");
  }

  static Permission cluster(String verb, String group, String resource) {
    return new Permission(verb, group, resource, "", "");
  }

  /**
   * For example {@code create pods/eviction}, {@code patch deployments/scale.apps}, or {@code get
   * leases.coordination.k8s.io/NAME in NAMESPACE}.
   */
  @Override
  public String toString() {
    return verb
        + (" " + resource)
        + (group.isEmpty() ? "" : "." + group)
        + (name.isEmpty() ? "" : "/" + name)
        + (namespace.isEmpty() ? "" : " in " + namespace);
  }
}
