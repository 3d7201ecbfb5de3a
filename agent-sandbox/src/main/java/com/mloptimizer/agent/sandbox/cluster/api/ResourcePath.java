package com.mloptimizer.agent.sandbox.cluster.api;

import java.util.List;
import java.util.Optional;

/**
 * What a path names: {@code /api/v1/namespaces/shop/pods/web-0/eviction}.
 *
 * @param namespace empty if the path has none
 * @param name empty for a collection
 * @param subresource empty for the resource itself
 */
record ResourcePath(
    String group,
    String version,
    String plural,
    String namespace,
    String name,
    String subresource) {

  static Optional<ResourcePath> parse(List<String> segments) {
    boolean core = !segments.isEmpty() && segments.getFirst().equals("api");
    int groupParts = core ? 2 : 3;
    if (segments.size() <= groupParts) {
      return Optional.empty();
    }
    String group = core ? "" : segments.get(1);
    String version = segments.get(groupParts - 1);
    List<String> rest = segments.subList(groupParts, segments.size());
    if (isNamespaced(rest)) {
      return of(group, version, rest.get(1), rest.subList(2, rest.size()));
    }
    return of(group, version, "", rest);
  }

  /** {@code namespaces/NAME} and its own subresources are about the namespace itself. */
  private static boolean isNamespaced(List<String> rest) {
    return rest.size() > 2
        && rest.getFirst().equals("namespaces")
        && !List.of("status", "finalize").contains(rest.get(2));
  }

  private static Optional<ResourcePath> of(
      String group, String version, String namespace, List<String> rest) {
    if (rest.size() > 3) {
      return Optional.empty();
    }
    String name = rest.size() > 1 ? rest.get(1) : "";
    String subresource = rest.size() > 2 ? rest.get(2) : "";
    return Optional.of(
        new ResourcePath(group, version, rest.getFirst(), namespace, name, subresource));
  }

  /** {@code pods/eviction}: how rules and messages write the resource. */
  String resource() {
    return subresource.isEmpty() ? plural : plural + "/" + subresource;
  }

  /** The verb that authorization knows the call by. */
  String verb(String method, boolean watch) {
    return switch (method) {
      case "GET" -> name.isEmpty() ? (watch ? "watch" : "list") : "get";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> name.isEmpty() ? "deletecollection" : "delete";
      default -> "unknown";
    };
  }
}
