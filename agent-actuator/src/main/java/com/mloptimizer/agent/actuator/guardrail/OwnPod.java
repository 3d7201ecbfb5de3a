package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The pod that this process runs in, and what controls it. Safe for use by several threads.
 *
 * @see KillSwitch
 */
final class OwnPod {
  private final ClusterReads reads;
  private final String namespace;
  private final String name;
  private final Duration timeout;

  /** Null until it was read; empty if nothing controls the pod. */
  private volatile @Nullable String controller;

  OwnPod(ClusterReads reads, String namespace, String name, Duration timeout) {
    this.reads = reads;
    this.namespace = namespace;
    this.name = name;
    this.timeout = timeout;
  }

  /** Whether it is this pod or one that the same ReplicaSet controls. */
  boolean isOneOfUs(JsonNode pod) {
    JsonNode metadata = pod.path("metadata");
    @Nullable String known = controller;
    return metadata.path("namespace").asString("").equals(namespace)
        && (metadata.path("name").asString("").equals(name)
            || (known != null && !known.isEmpty() && known.equals(controllerOf(pod))));
  }

  /** The name of the Deployment that the pod belongs to; empty if it belongs to none. */
  Optional<String> deployment() throws IOException {
    Optional<JsonNode> pod = read("", "v1", "pods", name);
    controller = pod.map(OwnPod::controllerOf).orElse("");
    Optional<String> replicaSet = pod.flatMap(json -> controllerOf(json, "ReplicaSet"));
    return replicaSet.isEmpty()
        ? Optional.empty()
        : read("apps", "v1", "replicasets", replicaSet.get())
            .flatMap(json -> controllerOf(json, "Deployment"));
  }

  /** That Deployment as it is now. */
  Optional<JsonNode> deployment(String deployment) throws IOException {
    return read("apps", "v1", "deployments", deployment);
  }

  private Optional<JsonNode> read(String group, String version, String resource, String object)
      throws IOException {
    ResourcePath path =
        group.isEmpty()
            ? ResourcePath.core(resource)
            : ResourcePath.group(group, version, resource);
    return reads.get(path.namespace(namespace).name(object), timeout);
  }

  /** {@code Kind/name} of the controller; empty if there is none. */
  private static String controllerOf(JsonNode object) {
    for (JsonNode owner : object.path("metadata").path("ownerReferences")) {
      if (owner.path("controller").asBoolean(false)) {
        return owner.path("kind").asString("") + "/" + owner.path("name").asString("");
      }
    }
    return "";
  }

  private static Optional<String> controllerOf(JsonNode object, String kind) {
    String controller = controllerOf(object);
    return controller.startsWith(kind + "/")
        ? Optional.of(controller.substring(kind.length() + 1))
        : Optional.empty();
  }
}
