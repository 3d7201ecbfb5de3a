package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.EvictPod;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code evict_pod}: one pod, through the eviction API. */
final class EvictPodHandler implements ActionHandler<EvictPod> {
  private final KubernetesClient kubernetes;
  private final EvictionVersion version;

  EvictPodHandler(KubernetesClient kubernetes, EvictionVersion version) {
    this.kubernetes = kubernetes;
    this.version = version;
  }

  @Override
  public Conclusion handle(EvictPod parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    String name = parameters.namespace() + "/" + parameters.podName();
    Optional<JsonNode> found =
        new ClusterCalls(kubernetes, context)
            .get(
                ResourcePath.core("pods")
                    .namespace(parameters.namespace())
                    .name(parameters.podName()));
    if (found.isEmpty()) {
      return Conclusion.of(Outcome.NO_CHANGE, "pod " + name + " is gone already");
    }
    LiveObject pod = new LiveObject(found.get());
    pod.requireUid(parameters.podUid());
    if (!pod.annotation("kubernetes.io/config.mirror").isEmpty()) {
      return Conclusion.unsafe(
          "pod " + name + " is a mirror of a static pod: its kubelet would start it again");
    }
    EvictionEnd end =
        new PodEviction(kubernetes, version, context).evict(pod, parameters.gracePeriod());
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("pod_uid", pod.uid());
    if (end instanceof EvictionEnd.Blocked blocked) {
      blocked.budgets().forEach(details.putArray("disruption_budgets")::add);
    }
    return Conclusion.of(end.outcome(), "pod " + name + ": " + end.message(), details);
  }
}
