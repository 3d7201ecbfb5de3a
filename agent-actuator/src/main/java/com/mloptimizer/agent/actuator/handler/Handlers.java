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
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the handler for an action. Safe for use by several threads. */
public final class Handlers {
  /** The types that this version carries out. */
  public static final Set<ActionType> SUPPORTED = Set.copyOf(EnumSet.allOf(ActionType.class));

  private final CordonHandler cordon;
  private final DrainHandler drain;
  private final EvictPodHandler evictPod;
  private final LabelHandler label;
  private final TaintHandler taint;
  private final ScaleHandler scale;
  private final UpdateHandler update;
  private final RestartHandler restart;
  private final ResizeHandler resize;

  /**
   * Handlers that act on this cluster.
   *
   * @param ownPod the agent's own pod as {@code namespace/name}, if it runs in one
   */
  public Handlers(KubernetesClient kubernetes, @Nullable String ownPod) {
    ApiSurface surface = new ApiSurface();
    cordon = new CordonHandler(kubernetes);
    drain = new DrainHandler(kubernetes, surface, ownPod);
    evictPod = new EvictPodHandler(kubernetes, surface);
    label = new LabelHandler(kubernetes);
    taint = new TaintHandler(kubernetes);
    scale = new ScaleHandler(kubernetes, surface);
    update = new UpdateHandler(kubernetes, surface);
    restart = new RestartHandler(kubernetes);
    resize = new ResizeHandler(kubernetes, surface);
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
            label.handle(p.target().path(), p.target().toString(), p.labels(), p.remove(), context);
        case ScaleWorkload p -> scale.handle(p, context);
        case LabelResource p ->
            label.handle(p.target().path(), p.target().toString(), p.labels(), p.remove(), context);
        case TaintNode p -> taint.handle(p, context);
        case UpdateDeployment p -> update.handle(p, context);
        case RestartRollout p -> restart.handle(p, context);
        case ResizePod p -> resize.handle(p, context);
        case CancelAction _ ->
            throw new IllegalArgumentException("cancelling is the journal's business");
      };
    } catch (ActionEndedException e) {
      return e.conclusion();
    }
  }
}
