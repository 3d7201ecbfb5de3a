package com.mloptimizer.agent.sandbox.cluster;

import java.util.Set;

/**
 * A call that reached the API server.
 *
 * @param method the HTTP method
 * @param path the decoded path
 * @param query the raw query, empty if there is none
 */
public record ApiRequest(String method, String path, String query) {
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");

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
