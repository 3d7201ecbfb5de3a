package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code scale_workload}: writes the {@code scale} subresource, after checking that nobody else
 * decides about the replicas.
 */
final class ScaleHandler implements ActionHandler<ScaleWorkload> {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
  private static final int CONFLICT = 409;

  private final KubernetesClient kubernetes;

  ScaleHandler(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  @Override
  public Conclusion handle(ScaleWorkload parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    ResourcePath path = path(parameters);
    while (true) {
      Optional<JsonNode> found = calls.get(path);
      if (found.isEmpty()) {
        return Conclusion.of(Outcome.FAILED, parameters.target() + " not found");
      }
      LiveObject workload = new LiveObject(found.get());
      int current = workload.json().path("spec").path("replicas").asInt(1);
      if (current == parameters.replicas()) {
        return conclude(parameters, Outcome.NO_CHANGE, current, calls, context);
      }
      forbid(parameters, workload, current, calls);
      ApiAnswer answer = write(parameters, workload, calls, context);
      if (answer.isSuccess()) {
        Outcome outcome = context.dryRun() ? Outcome.PLANNED : Outcome.CHANGED;
        return conclude(parameters, outcome, current, calls, context);
      }
      if (answer.statusCode() != CONFLICT) {
        throw ClusterCalls.failed("cannot scale " + parameters.target(), answer);
      }
      context.pause(Duration.ofMillis(100), "a write that nobody contends");
    }
  }

  /** Everything that speaks against the change. */
  private static void forbid(
      ScaleWorkload parameters, LiveObject workload, int current, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (parameters.expectedReplicas() != null && parameters.expectedReplicas() != current) {
      throw new ActionEndedException(
          Conclusion.of(
              Outcome.STALE_TARGET,
              "%s has %d replicas, the action expects %d"
                  .formatted(parameters.target(), current, parameters.expectedReplicas())));
    }
    boolean deletesClaims =
        workload
            .json()
            .path("spec")
            .path("persistentVolumeClaimRetentionPolicy")
            .path("whenScaled")
            .asString("")
            .equals("Delete");
    if (deletesClaims && parameters.replicas() < current && !parameters.allowPvcDeletion()) {
      throw new ActionEndedException(
          Conclusion.unsafe(
              "scaling %s down deletes its PersistentVolumeClaims (whenScaled: Delete);"
                      .formatted(parameters.target())
                  + " allow_pvc_deletion permits it"));
    }
    Optional<String> autoscaler = autoscaler(parameters, calls);
    if (autoscaler.isPresent()) {
      throw new ActionEndedException(
          Conclusion.unsafe(
              "HorizontalPodAutoscaler %s decides about the replicas of %s"
                  .formatted(autoscaler.get(), parameters.target())));
    }
  }

  private static Optional<String> autoscaler(ScaleWorkload parameters, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    // autoscaling/v1 is served by every version from 1.20 to 1.36 and shows every autoscaler.
    ResourcePath path =
        ResourcePath.group("autoscaling", "v1", "horizontalpodautoscalers")
            .namespace(parameters.namespace());
    Optional<JsonNode> list = calls.get(path);
    if (list.isEmpty()) {
      return Optional.empty(); // This cluster has no autoscalers.
    }
    for (JsonNode item : list.get().path("items")) {
      JsonNode reference = item.path("spec").path("scaleTargetRef");
      if (reference.path("kind").asString("").equals(parameters.kind())
          && reference.path("name").asString("").equals(parameters.name())) {
        return Optional.of(item.path("metadata").path("name").asString(""));
      }
    }
    return Optional.empty();
  }

  /** A scale that the API server refuses (409) if somebody else changed the workload meanwhile. */
  private static ApiAnswer write(
      ScaleWorkload parameters, LiveObject workload, ClusterCalls calls, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ObjectNode scale = JsonNodeFactory.instance.objectNode();
    scale.put("apiVersion", "autoscaling/v1").put("kind", "Scale");
    scale
        .putObject("metadata")
        .put("name", parameters.name())
        .put("namespace", parameters.namespace())
        .put("uid", workload.uid())
        .put("resourceVersion", workload.resourceVersion());
    scale.putObject("spec").put("replicas", parameters.replicas());
    ApiRequest write = ApiRequest.put(path(parameters).subresource("scale"), scale);
    return calls.send(context.dryRun() ? write.dryRun() : write);
  }

  private Conclusion conclude(
      ScaleWorkload parameters,
      Outcome outcome,
      int before,
      ClusterCalls calls,
      ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (!context.dryRun() && parameters.waitFor().isPositive()) {
      ActionContext waiting = context.until(context.clock().instant().plus(parameters.waitFor()));
      awaitReplicas(parameters, calls, waiting);
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.putObject("before").put("replicas", before);
    details.putObject("after").put("replicas", parameters.replicas());
    String change =
        "%s from %d to %d replicas".formatted(parameters.target(), before, parameters.replicas());
    return switch (outcome) {
      case NO_CHANGE ->
          Conclusion.of(
              outcome,
              "%s has %d replicas already".formatted(parameters.target(), before),
              details);
      case PLANNED -> Conclusion.of(outcome, "would scale " + change, details);
      default -> Conclusion.of(outcome, "scaled " + change, details);
    };
  }

  private static void awaitReplicas(
      ScaleWorkload parameters, ClusterCalls calls, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      Optional<JsonNode> found = calls.get(path(parameters));
      if (found.map(json -> isScaled(json, parameters.replicas())).orElse(false)) {
        return;
      }
      context.pause(LOOK_AGAIN, parameters.target() + " to have its replicas");
    }
  }

  /** Whether the controller has seen the change and there are as many pods as it asks for. */
  static boolean isScaled(JsonNode workload, int replicas) {
    JsonNode status = workload.path("status");
    return status.path("observedGeneration").asLong(0)
            >= workload.path("metadata").path("generation").asLong(0)
        && status.path("replicas").asInt(0) == replicas
        && status.path("readyReplicas").asInt(0) == replicas;
  }

  private static ResourcePath path(ScaleWorkload parameters) {
    String resource = parameters.kind().toLowerCase(Locale.ROOT) + "s";
    return ResourcePath.group("apps", "v1", resource)
        .namespace(parameters.namespace())
        .name(parameters.name());
  }
}
