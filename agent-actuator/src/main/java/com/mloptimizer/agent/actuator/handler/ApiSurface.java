package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * What this API server serves, where versions of Kubernetes differ; by discovery, which is asked
 * once a process and again when an answer turns out to be outdated. Safe for use by several
 * threads.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/deprecation-guide/">Deprecated API
 *     migration guide</a>
 */
final class ApiSurface {
  /** Parts of a pod by name, with the version of the group that their bodies belong to. */
  private volatile @Nullable Map<String, String> podParts;

  /** The version to use of a collection, by group. */
  private final Map<String, String> versions = new ConcurrentHashMap<>();

  /** Which version of {@code policy} {@code pods/eviction} takes: v1 from 1.22, v1beta1 before. */
  String evictionVersion(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    String version = podParts(calls).getOrDefault("pods/eviction", "");
    return version.isEmpty() ? "v1" : version;
  }

  /** Whether pods can be resized in place (KEP-1287): from 1.33, or 1.32 with a feature gate. */
  boolean hasPodResize(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (podParts(calls).containsKey("pods/resize")) {
      return true;
    }
    forgetPodParts(); // An upgrade may bring it.
    return false;
  }

  /** What was known of pods proved wrong; it is asked for again. */
  void forgetPodParts() {
    podParts = null;
  }

  private Map<String, String> podParts(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    @Nullable Map<String, String> known = podParts;
    if (known == null) {
      known = new ConcurrentHashMap<>();
      Optional<JsonNode> discovery = calls.get(ResourcePath.raw("/api/v1"));
      for (JsonNode resource :
          discovery.map(json -> json.path("resources")).orElseGet(ApiSurface::nothing)) {
        known.put(resource.path("name").asString(""), resource.path("version").asString(""));
      }
      podParts = known;
    }
    return known;
  }

  /** The HorizontalPodAutoscalers of a namespace; autoscaling/v2 is there from 1.23. */
  List<LiveObject> autoscalers(String namespace, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return list(
        "autoscaling",
        List.of("v2", "v2beta2", "v1"),
        "horizontalpodautoscalers",
        namespace,
        calls);
  }

  /** The PodDisruptionBudgets of a namespace; policy/v1 is there from 1.21. */
  List<LiveObject> budgets(String namespace, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return list("policy", List.of("v1", "v1beta1"), "poddisruptionbudgets", namespace, calls);
  }

  private List<LiveObject> list(
      String group, List<String> preferred, String resource, String namespace, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    for (int attempt = 1; attempt <= 2; attempt++) {
      Optional<String> version = version(group, preferred, resource, calls);
      if (version.isEmpty()) {
        return List.of(); // This cluster has no such thing.
      }
      ResourcePath path = ResourcePath.group(group, version.get(), resource).namespace(namespace);
      Optional<List<LiveObject>> found = calls.list(path, ListOptions.all());
      if (found.isPresent()) {
        return found.get();
      }
      versions.remove(group); // An upgrade took the version away after we asked.
    }
    return List.of();
  }

  private Optional<String> version(
      String group, List<String> preferred, String resource, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    @Nullable String known = versions.get(group);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<String> asked = ask(group, preferred, resource, calls);
    asked.ifPresent(version -> versions.put(group, version));
    return asked;
  }

  /** The first version that has the resource: a group's version may lack it. */
  private static Optional<String> ask(
      String group, List<String> preferred, String resource, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<JsonNode> discovery = calls.get(ResourcePath.raw("/apis/" + group));
    Set<String> served = new HashSet<>();
    for (JsonNode version :
        discovery.map(json -> json.path("versions")).orElseGet(ApiSurface::nothing)) {
      served.add(version.path("version").asString(""));
    }
    for (String version : preferred) {
      if (served.contains(version) && has(group, version, resource, calls)) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  private static boolean has(String group, String version, String resource, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<JsonNode> resources = calls.get(ResourcePath.raw("/apis/" + group + "/" + version));
    for (JsonNode item :
        resources.map(json -> json.path("resources")).orElseGet(ApiSurface::nothing)) {
      if (item.path("name").asString("").equals(resource)) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode nothing() {
    return MissingNode.getInstance();
  }
}
