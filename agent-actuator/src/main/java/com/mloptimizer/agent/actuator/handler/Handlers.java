package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters;
import com.mloptimizer.agent.core.action.ActionParameters.CancelAction;
import com.mloptimizer.agent.core.action.ActionParameters.CordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.ActionParameters.EvictPod;
import com.mloptimizer.agent.core.action.ActionParameters.LabelNode;
import com.mloptimizer.agent.core.action.ActionParameters.LabelResource;
import com.mloptimizer.agent.core.action.ActionParameters.ResizePod;
import com.mloptimizer.agent.core.action.ActionParameters.RestartRollout;
import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.ActionParameters.TaintNode;
import com.mloptimizer.agent.core.action.ActionParameters.UncordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.UpdateDeployment;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the handler for an action. Safe for use by several threads. */
public final class Handlers {
  /** The types that this version carries out. */
  public static final Set<ActionType> SUPPORTED =
      Set.copyOf(
          EnumSet.of(
              ActionType.CORDON_NODE,
              ActionType.UNCORDON_NODE,
              ActionType.DRAIN_NODE,
              ActionType.EVICT_POD,
              ActionType.LABEL_NODE,
              ActionType.SCALE_WORKLOAD));

  private final CordonHandler cordon;
  private final DrainHandler drain;
  private final EvictPodHandler evictPod;
  private final LabelHandler label;
  private final ScaleHandler scale;

  /**
   * Handlers that act on this cluster.
   *
   * @param ownPod the agent's own pod as {@code namespace/name}, if it runs in one
   */
  public Handlers(KubernetesClient kubernetes, @Nullable String ownPod) {
    EvictionVersion version = new EvictionVersion();
    cordon = new CordonHandler(kubernetes);
    drain = new DrainHandler(kubernetes, version, ownPod);
    evictPod = new EvictPodHandler(kubernetes, version);
    label = new LabelHandler(kubernetes);
    scale = new ScaleHandler(kubernetes);
  }

  /**
   * Carries out an action, or finishes what an earlier attempt began.
   *
   * @throws SuspendedException if the agent stops first
   */
  public Conclusion handle(ActionParameters parameters, ActionContext context)
      throws SuspendedException, InterruptedException {
    try {
      return switch (parameters) {
        case CordonNode p -> cordon.handle(p.nodeName(), p.nodeUid(), true, context);
        case UncordonNode p -> cordon.handle(p.nodeName(), p.nodeUid(), false, context);
        case DrainNode p -> drain.handle(p, context);
        case EvictPod p -> evictPod.handle(p, context);
        case LabelNode p ->
            label.handle(
                ResourcePath.core("nodes").name(p.nodeName()),
                p.target().toString(),
                p.labels(),
                p.remove(),
                context);
        case ScaleWorkload p -> scale.handle(p, context);
        case TaintNode _,
            LabelResource _,
            UpdateDeployment _,
            RestartRollout _,
            ResizePod _,
            CancelAction _ ->
            Conclusion.of(
                Outcome.UNSUPPORTED,
                "this version does not carry out " + parameters.type().wireName());
      };
    } catch (ActionEndedException e) {
      return e.conclusion();
    }
  }
}
