package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.UpdateDeployment;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code update_deployment}: replicas, and image and resources of one container, by one strategic
 * merge patch. The patch names the container, and a name that does not exist would add one: so the
 * name is looked up first, in the very version of the Deployment that is patched.
 */
final class UpdateHandler implements ActionHandler<UpdateDeployment> {
  private final KubernetesClient kubernetes;
  private final ApiSurface surface;

  UpdateHandler(KubernetesClient kubernetes, ApiSurface surface) {
    this.kubernetes = kubernetes;
    this.surface = surface;
  }

  @Override
  public Conclusion handle(UpdateDeployment parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    Edit edit =
        new Edit(parameters.target().path(), parameters.target().toString(), calls, context);
    Conclusion conclusion =
        edit.carryOut(
            null, deployment -> decide(parameters, deployment, autoscalers(parameters, calls)));
    return edit.awaitEffect(conclusion, "rollout", parameters.waitFor(), UpdateHandler::rollout);
  }

  /** They only matter to who changes the replicas. */
  private List<LiveObject> autoscalers(UpdateDeployment parameters, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return parameters.replicas() == null
        ? List.of()
        : surface.autoscalers(parameters.namespace(), calls);
  }

  /**
   * Decides.
   *
   * @param autoscalers those of the Deployment's namespace
   */
  static Decision decide(
      UpdateDeployment parameters, LiveObject deployment, List<LiveObject> autoscalers) {
    boolean aboutContainer =
        parameters.image() != null || !ContainerResources.isEmpty(parameters.resources());
    if (!aboutContainer && parameters.replicas() == null) {
      return new Decision.End(
          Conclusion.invalid("nothing to change: replicas, image or resources is needed"));
    }
    DeploymentPatch patch = new DeploymentPatch(deployment);
    if (parameters.replicas() != null && patch.replicas(parameters.replicas())) {
      Optional<String> reason =
          Replicas.decidedByOthers(parameters.target(), deployment, autoscalers);
      if (reason.isPresent()) {
        return new Decision.End(Conclusion.unsafe(reason.get()));
      }
    }
    if (aboutContainer || parameters.container() != null) {
      Optional<String> problem = patch.container(parameters);
      if (problem.isPresent()) {
        return new Decision.End(Conclusion.invalid(problem.get()));
      }
    }
    if (patch.isEmpty()) {
      return new Decision.End(
          Conclusion.of(Outcome.NO_CHANGE, parameters.target() + " is so already"));
    }
    String note =
        isPaused(deployment) && patch.hasTemplate() ? "; it is paused: nothing rolls out" : "";
    return new Decision.Write(
        ApiRequest.strategicMergePatch(parameters.target().path(), patch.json()),
        "would update " + parameters.target() + note,
        "updated " + parameters.target() + note,
        patch.details());
  }

  private static RolloutStatus rollout(LiveObject deployment, @Nullable LiveObject before) {
    return isPaused(deployment)
        ? new RolloutStatus.Complete("paused: nothing rolls out")
        : RolloutStatus.of("Deployment", deployment, before);
  }

  private static boolean isPaused(LiveObject deployment) {
    return deployment.spec().path("paused").asBoolean(false);
  }

  /** The difference between a Deployment and what is asked for, as it grows. */
  private static final class DeploymentPatch {
    private final LiveObject deployment;
    private final ObjectNode spec = JsonNodeFactory.instance.objectNode();
    private final ObjectNode before = JsonNodeFactory.instance.objectNode();
    private final ObjectNode after = JsonNodeFactory.instance.objectNode();

    DeploymentPatch(LiveObject deployment) {
      this.deployment = deployment;
    }

    /** Whether the replicas differ. */
    boolean replicas(int wanted) {
      int current = Replicas.of(deployment);
      if (current == wanted) {
        return false;
      }
      spec.put("replicas", wanted);
      before.put("replicas", current);
      after.put("replicas", wanted);
      return true;
    }

    /** Adds the difference of the container; or says why there is no such container. */
    Optional<String> container(UpdateDeployment parameters) {
      JsonNode containers = deployment.spec().path("template").path("spec").path("containers");
      List<String> names = new ArrayList<>();
      containers.forEach(container -> names.add(container.path("name").asString("")));
      int index =
          (parameters.container() == null && names.size() == 1)
              ? 0
              : names.indexOf(parameters.container());
      if (index < 0) {
        String problem = parameters.container() == null ? "is missing" : "names none of them";
        return Optional.of(
            "parameter 'container' %s: %s has the containers %s"
                .formatted(problem, parameters.target(), String.join(", ", names)));
      }
      change(parameters, names.get(index), containers.path(index));
      return Optional.empty();
    }

    private void change(UpdateDeployment parameters, String name, JsonNode container) {
      ObjectNode change = JsonNodeFactory.instance.objectNode();
      String image = container.path("image").asString("");
      if (parameters.image() != null && !parameters.image().equals(image)) {
        change.put("image", parameters.image());
        before.put("image", image);
        after.put("image", parameters.image());
      }
      if (parameters.resources() != null) {
        JsonNode present = container.path("resources");
        ObjectNode resources = ContainerResources.difference(present, parameters.resources());
        if (!resources.isEmpty()) {
          change.set("resources", resources);
          before.set("resources", ContainerResources.before(present, resources));
          after.set("resources", resources);
        }
      }
      if (!change.isEmpty()) {
        before.put("container", name);
        after.put("container", name);
        change.put("name", name);
        spec.putObject("template").putObject("spec").putArray("containers").add(change);
      }
    }

    boolean isEmpty() {
      return spec.isEmpty();
    }

    boolean hasTemplate() {
      return spec.has("template");
    }

    ObjectNode json() {
      ObjectNode patch = JsonNodeFactory.instance.objectNode();
      deployment.bind(patch);
      patch.set("spec", spec);
      return patch;
    }

    ObjectNode details() {
      ObjectNode details = JsonNodeFactory.instance.objectNode();
      details.set("before", before);
      details.set("after", after);
      return details;
    }
  }
}
