package com.mloptimizer.agent.sandbox.cluster;

import java.util.Set;

/**
 * A call that reached the API server.
 *
 * @param method the HTTP method
 * @param path the decoded path
 * @param query the raw query, empty if there is none
 * @param caller who came with a kubeconfig of {@link EmbeddedCluster#writeKubeconfigOf}; otherwise
 *     empty
 */
public record ApiRequest(String method, String path, String query, String caller) {
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");

  /** A call of nobody in particular. */
  public ApiRequest(String method, String path, String query) {
    this(method, path, query, "");
  }

  /** Whether the call may change something; access reviews do not. */
  public boolean isWrite() {
    return WRITES.contains(method)
        && !path.endsWith("/selfsubjectaccessreviews")
        && !query.contains("dryRun=All");
  }

  /** Whether the call opens a watch. */
  public boolean isWatch() {
    return query.contains("watch=1") || query.contains("watch=true");
  }
}
