package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which version of the {@code policy} group the API server takes in {@code pods/eviction}: v1 from
 * Kubernetes 1.22, v1beta1 before; the discovery of core v1 says so. Asked once a process. Safe for
 * use by several threads.
 */
final class EvictionVersion {
  private volatile @Nullable String known;

  String get(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    @Nullable String version = known;
    if (version == null) {
      version = ask(calls);
      known = version;
    }
    return version;
  }

  private static String ask(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<JsonNode> discovery = calls.get(ResourcePath.raw("/api/v1"));
    if (discovery.isPresent()) {
      for (JsonNode resource : discovery.get().path("resources")) {
        if (resource.path("name").asString("").equals("pods/eviction")) {
          return resource.path("version").asString("v1");
        }
      }
    }
    return "v1";
  }
}
