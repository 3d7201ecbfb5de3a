package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evicts the pods of a drain in parallel, rank after rank. What is bounded is the requests under
 * way, not the pods: a pod that waits for its budget, or for its grace period to pass, keeps no
 * other pod from its turn.
 */
final class DrainEvictions {
  private static final Logger log = LoggerFactory.getLogger(DrainEvictions.class);
  private static final int MAX_REQUESTS = 50;

  private final KubernetesClient kubernetes;
  private final ApiSurface surface;
  private final @Nullable String ownPod;
  private final DrainNode parameters;
  private final DrainReport report;
  private final ActionContext context;
  private final Semaphore inFlight = new Semaphore(MAX_REQUESTS);

  DrainEvictions(
      KubernetesClient kubernetes,
      ApiSurface surface,
      @Nullable String ownPod,
      DrainNode parameters,
      DrainReport report,
      ActionContext context) {
    this.kubernetes = kubernetes;
    this.surface = surface;
    this.ownPod = ownPod;
    this.parameters = parameters;
    this.report = report;
    this.context = context;
  }

  /**
   * Ordinary pods first; the next rank only when the one before has gone. A drain that cannot get
   * through takes neither what the system needs nor the agent itself.
   */
  void inOrder(List<LiveObject> pods) throws SuspendedException, InterruptedException {
    for (int rank = 0; rank <= DrainPlan.OWN_POD; rank++) {
      int current = rank;
      List<LiveObject> batch =
          pods.stream().filter(pod -> DrainPlan.rank(pod, ownPod) == current).toList();
      if (report.hasTrouble() && !context.dryRun()) {
        report.notTried(batch);
      } else {
        all(batch);
      }
    }
  }

  private void all(List<LiveObject> pods) throws SuspendedException, InterruptedException {
    try (ExecutorService threads = context.fanOut()) {
      List<Future<?>> running = new ArrayList<>();
      for (LiveObject pod : pods) {
        Callable<Void> eviction =
            () -> {
              one(pod);
              return null;
            };
        running.add(threads.submit(eviction));
      }
      for (Future<?> eviction : running) {
        await(eviction);
      }
    }
  }

  private void one(LiveObject pod) throws SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context, inFlight);
    EvictionEnd end;
    try {
      end = new PodEviction(pod, parameters.gracePeriod(), surface, calls, context).evict();
    } catch (RuntimeException e) {
      // A defect that one pod shows must cost neither the others' report nor the cordon.
      log.error("Eviction of {} failed unexpectedly", DrainPlan.key(pod), e);
      end = new EvictionEnd.Failed("internal error: " + e);
    }
    report.ended(pod, end);
    if (end instanceof EvictionEnd.Evicted) {
      EvictionMemory.of(context).gone(pod);
    }
    context.progress(DrainPlan.key(pod) + ": " + end.message());
  }

  private static void await(Future<?> eviction) throws SuspendedException, InterruptedException {
    try {
      eviction.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SuspendedException suspended) {
        throw suspended;
      }
      if (e.getCause() instanceof InterruptedException) {
        throw new InterruptedException();
      }
      throw new IllegalStateException("eviction", e.getCause());
    }
  }
}
