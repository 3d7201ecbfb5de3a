package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.ResizePod;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code resize_pod}: changes the resources of a running container through {@code pods/resize}. A
 * resize that the node has no room for stays what it is: the pod is never evicted for it.
 *
 * @see <a
 *     href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/1287-in-place-update-pod-resources">KEP-1287</a>
 */
final class ResizeHandler implements ActionHandler<ResizePod> {
  private final KubernetesClient kubernetes;
  private final ApiSurface surface;

  ResizeHandler(KubernetesClient kubernetes, ApiSurface surface) {
    this.kubernetes = kubernetes;
    this.surface = surface;
  }

  @Override
  public Conclusion handle(ResizePod parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    if (!surface.hasPodResize(calls)) {
      return Conclusion.of(
          Outcome.UNSUPPORTED, "this cluster has no pods/resize: Kubernetes 1.33 has it");
    }
    Edit edit =
        new Edit(parameters.target().path(), parameters.target().toString(), calls, context);
    Conclusion conclusion = edit.carryOut(parameters.podUid(), pod -> decide(parameters, pod));
    if (conclusion.outcome() == Outcome.UNSUPPORTED) {
      surface.forgetPodParts(); // Discovery had it, and the API server that answered had not.
    }
    return edit.awaitEffect(
        conclusion,
        "resize",
        parameters.waitFor(),
        (now, before) -> ResizeStatus.of(now, parameters, before));
  }

  static Decision decide(ResizePod parameters, LiveObject pod) {
    if (pod.isMirrorPod()) {
      return new Decision.End(
          Conclusion.unsafe(
              parameters.target() + " is a mirror of a static pod: only its file can change it"));
    }
    if (ContainerResources.isEmpty(parameters.resources())) {
      return new Decision.End(Conclusion.invalid("parameter 'resources' is empty"));
    }
    JsonNode spec = pod.spec().deepCopy();
    for (JsonNode container : spec.path("containers")) {
      if (container.path("name").asString("").equals(parameters.container())) {
        return decide(parameters, pod, spec, (ObjectNode) container);
      }
    }
    return new Decision.End(
        Conclusion.invalid(
            "parameter 'container' names none: %s has no container %s"
                .formatted(parameters.target(), parameters.container())));
  }

  /**
   * Decides about a container.
   *
   * @param spec a copy of the pod's, which the container is part of and which is changed here
   */
  private static Decision decide(
      ResizePod parameters, LiveObject pod, JsonNode spec, ObjectNode container) {
    JsonNode present = container.path("resources").deepCopy();
    ObjectNode difference = ContainerResources.difference(present, parameters.resources());
    if (difference.isEmpty()) {
      return new Decision.End(
          Conclusion.of(Outcome.NO_CHANGE, parameters.target() + " has these resources already"));
    }
    QosClass before = QosClass.of(spec);
    container.set("resources", ContainerResources.patched(present, difference));
    QosClass after = QosClass.of(spec);
    if (before != after) {
      return new Decision.End(
          Conclusion.unsafe(
              "%s would become %s, it is %s: a resize cannot change the QoS class"
                  .formatted(parameters.target(), after.label(), before.label())));
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("container", parameters.container());
    details.set("before", ContainerResources.before(present, difference));
    details.set("after", difference);
    return new Decision.Write(
        ApiRequest.strategicMergePatch(
            parameters.target().path().subresource("resize"), patch(parameters, pod, difference)),
        parameters.target() + " would be resized",
        "resized " + parameters.target(),
        details);
  }

  private static ObjectNode patch(ResizePod parameters, LiveObject pod, ObjectNode difference) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    pod.bind(patch);
    patch
        .putObject("spec")
        .putArray("containers")
        .addObject()
        .put("name", parameters.container())
        .set("resources", difference);
    return patch;
  }
}
