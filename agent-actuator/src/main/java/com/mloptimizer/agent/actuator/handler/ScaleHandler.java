package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code scale_workload}: writes the {@code scale} subresource, after checking that nobody else
 * decides about the replicas.
 */
final class ScaleHandler implements ActionHandler<ScaleWorkload> {
  private final KubernetesClient kubernetes;
  private final ApiSurface surface;

  ScaleHandler(KubernetesClient kubernetes, ApiSurface surface) {
    this.kubernetes = kubernetes;
    this.surface = surface;
  }

  @Override
  public Conclusion handle(ScaleWorkload parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    Edit edit =
        new Edit(parameters.target().path(), parameters.target().toString(), calls, context);
    Conclusion conclusion =
        edit.carryOut(
            null,
            workload ->
                decide(parameters, workload, surface.autoscalers(parameters.namespace(), calls)));
    return edit.awaitEffect(
        conclusion,
        "rollout",
        parameters.waitFor(),
        (now, before) -> RolloutStatus.ofScale(now, parameters.replicas(), before));
  }

  /**
   * Decides.
   *
   * @param autoscalers those of the workload's namespace
   */
  static Decision decide(
      ScaleWorkload parameters, LiveObject workload, List<LiveObject> autoscalers) {
    int current = Replicas.of(workload);
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.putObject("before").put("replicas", current);
    details.putObject("after").put("replicas", parameters.replicas());
    if (current == parameters.replicas()) {
      return new Decision.End(
          Conclusion.of(
              Outcome.NO_CHANGE,
              "%s has %d replicas already".formatted(parameters.target(), current),
              details));
    }
    return forbidden(parameters, workload, current, autoscalers)
        .<Decision>map(Decision.End::new)
        .orElseGet(() -> write(parameters, workload, current, details));
  }

  private static Optional<Conclusion> forbidden(
      ScaleWorkload parameters, LiveObject workload, int current, List<LiveObject> autoscalers) {
    if (parameters.expectedReplicas() != null && parameters.expectedReplicas() != current) {
      return Optional.of(
          Conclusion.of(
              Outcome.STALE_TARGET,
              "%s has %d replicas, the action expects %d"
                  .formatted(parameters.target(), current, parameters.expectedReplicas())));
    }
    boolean deletesClaims =
        workload
            .spec()
            .path("persistentVolumeClaimRetentionPolicy")
            .path("whenScaled")
            .asString("")
            .equals("Delete");
    if (deletesClaims && parameters.replicas() < current && !parameters.allowPvcDeletion()) {
      return Optional.of(
          Conclusion.unsafe(
              "scaling %s down deletes its PersistentVolumeClaims (whenScaled: Delete);"
                      .formatted(parameters.target())
                  + " allow_pvc_deletion permits it"));
    }
    return Replicas.decidedByOthers(parameters.target(), workload, autoscalers)
        .map(Conclusion::unsafe);
  }

  /** A scale that the API server refuses (409) if somebody else changed the workload meanwhile. */
  private static Decision write(
      ScaleWorkload parameters, LiveObject workload, int current, ObjectNode details) {
    ObjectNode scale = JsonNodeFactory.instance.objectNode();
    scale.put("apiVersion", "autoscaling/v1").put("kind", "Scale");
    workload.bind(scale).put("name", parameters.name()).put("namespace", parameters.namespace());
    scale.putObject("spec").put("replicas", parameters.replicas());
    String change =
        "%s from %d to %d replicas".formatted(parameters.target(), current, parameters.replicas());
    return new Decision.Write(
        ApiRequest.put(parameters.target().path().subresource("scale"), scale),
        "would scale " + change,
        "scaled " + change,
        details);
  }
}
