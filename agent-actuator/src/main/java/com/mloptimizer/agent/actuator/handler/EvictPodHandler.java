package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.EvictPod;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code evict_pod}: one pod, through the eviction API. */
final class EvictPodHandler implements ActionHandler<EvictPod> {
  private final KubernetesClient kubernetes;
  private final ApiSurface surface;

  EvictPodHandler(KubernetesClient kubernetes, ApiSurface surface) {
    this.kubernetes = kubernetes;
    this.surface = surface;
  }

  @Override
  public Conclusion handle(EvictPod parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    String name = parameters.namespace() + "/" + parameters.podName();
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    EvictionMemory memory = EvictionMemory.of(context);
    Optional<JsonNode> found = calls.get(parameters.target().path());
    Optional<LiveObject> pod = found.map(LiveObject::new);
    if (!memory.earlier().isEmpty()
        && pod.filter(other -> memory.hasAskedFor(other.uid())).isEmpty()) {
      // Whatever has the name now is its replacement.
      String uid = memory.earlier().keySet().iterator().next();
      return conclude(name, uid, new EvictionEnd.Evicted());
    }
    if (pod.isEmpty()) {
      return Conclusion.of(Outcome.NO_CHANGE, "pod " + name + " is gone already");
    }
    pod.get().requireUid(parameters.podUid());
    if (pod.get().isMirrorPod()) {
      return Conclusion.unsafe(
          "pod " + name + " is a mirror of a static pod: its kubelet would start it again");
    }
    if (!context.dryRun()) {
      memory.setOutFor(List.of(pod.get()));
    }
    PodEviction eviction =
        new PodEviction(pod.get(), parameters.gracePeriod(), surface, calls, context);
    return conclude(name, pod.get().uid(), eviction.evict());
  }

  private static Conclusion conclude(String name, String uid, EvictionEnd end) {
    ObjectNode details = JsonNodeFactory.instance.objectNode().put("pod_uid", uid);
    if (end instanceof EvictionEnd.Blocked blocked) {
      blocked.budgets().forEach(details.putArray("disruption_budgets")::add);
    }
    return Conclusion.of(end.outcome(), "pod " + name + ": " + end.message(), details);
  }
}
