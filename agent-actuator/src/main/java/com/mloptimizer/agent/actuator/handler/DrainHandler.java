package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code drain_node}: cordons, decides about every pod, evicts what the plan says, looks again for
 * pods that landed meanwhile. Undoes its own cordon, never an operator's, if it does not get
 * through.
 */
final class DrainHandler implements ActionHandler<DrainNode> {
  private static final int MAX_PARALLEL_EVICTIONS = 50;
  private static final String PAGE = "500";

  /** Marks the cordon as this action's, so that a resumed drain knows whose it is. */
  private static final String CORDONED_BY = "agent.mloptimizer.com/cordoned-by";

  private final KubernetesClient kubernetes;
  private final EvictionVersion version;
  private final @Nullable String ownPod;

  DrainHandler(KubernetesClient kubernetes, EvictionVersion version, @Nullable String ownPod) {
    this.kubernetes = kubernetes;
    this.version = version;
    this.ownPod = ownPod;
  }

  @Override
  public Conclusion handle(DrainNode parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    Optional<JsonNode> found = calls.get(path(parameters));
    if (found.isEmpty()) {
      return Conclusion.of(Outcome.FAILED, "node " + parameters.nodeName() + " not found");
    }
    LiveObject node = new LiveObject(found.get());
    node.requireUid(parameters.nodeUid());
    if (context.dryRun()) {
      return plan(parameters, node, calls, context);
    }
    String mark = context.action().value();
    boolean cordonedByOthers =
        CordonHandler.isUnschedulable(node) && !node.annotation(CORDONED_BY).equals(mark);
    if (!CordonHandler.isUnschedulable(node)) {
      write(cordon(node, mark), calls);
    }
    DrainReport report = new DrainReport();
    Conclusion conclusion;
    try {
      conclusion = drain(parameters, node, report, calls, context);
    } catch (ActionEndedException e) {
      conclusion =
          Conclusion.of(
              e.conclusion().outcome(),
              "draining node %s: %s".formatted(node.name(), e.conclusion().message()),
              report.details());
    }
    if (!cordonedByOthers) {
      boolean keep = conclusion.outcome().isSuccess() || keepsCordon(parameters, conclusion);
      settleCordon(node, keep, conclusion, context);
    }
    return conclusion;
  }

  private static boolean keepsCordon(DrainNode parameters, Conclusion conclusion) {
    return conclusion.outcome() != Outcome.REFUSED && !parameters.uncordonOnFailure();
  }

  private Conclusion drain(
      DrainNode parameters,
      LiveObject node,
      DrainReport report,
      ClusterCalls calls,
      ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    // A second round finds what landed between the list and the cordon, a third proves it empty.
    for (int round = 1; round <= 3; round++) {
      DrainPlan plan = DrainPlan.of(parameters, pods(parameters, calls), daemonSets(calls), ownPod);
      if (!plan.refused().isEmpty() && round == 1) {
        return refused(node, plan);
      }
      report.skipped(plan.skipped());
      List<LiveObject> pods = plan.evict().stream().filter(pod -> !report.knows(pod)).toList();
      if (pods.isEmpty()) {
        break;
      }
      context.progress("evicting %d pods of node %s".formatted(pods.size(), node.name()));
      evictInOrder(pods, parameters, report, context);
    }
    Outcome outcome = report.outcome(!CordonHandler.isUnschedulable(node));
    return Conclusion.of(outcome, summary(node, outcome, report), report.details());
  }

  /** Ordinary pods first and in parallel; the next rank only when the one before has gone. */
  private void evictInOrder(
      List<LiveObject> pods, DrainNode parameters, DrainReport report, ActionContext context)
      throws SuspendedException, InterruptedException {
    for (int rank = 0; rank <= 3; rank++) {
      int current = rank;
      List<LiveObject> batch =
          pods.stream().filter(pod -> DrainPlan.rank(pod, ownPod) == current).toList();
      evictAll(batch, parameters, report, context);
    }
  }

  private void evictAll(
      List<LiveObject> pods, DrainNode parameters, DrainReport report, ActionContext context)
      throws SuspendedException, InterruptedException {
    Semaphore parallel = new Semaphore(MAX_PARALLEL_EVICTIONS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<EvictionEnd>> running = new ArrayList<>();
      for (LiveObject pod : pods) {
        Callable<EvictionEnd> eviction =
            () -> {
              parallel.acquire();
              try {
                EvictionEnd end =
                    new PodEviction(kubernetes, version, context)
                        .evict(pod, parameters.gracePeriod());
                report.ended(pod, end);
                context.progress(DrainPlan.key(pod) + ": " + end.message());
                return end;
              } finally {
                parallel.release();
              }
            };
        running.add(threads.submit(eviction));
      }
      for (Future<EvictionEnd> eviction : running) {
        await(eviction);
      }
    }
  }

  private static void await(Future<EvictionEnd> eviction)
      throws SuspendedException, InterruptedException {
    try {
      eviction.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SuspendedException suspended) {
        throw suspended;
      }
      throw new IllegalStateException("eviction", e.getCause());
    }
  }

  private Conclusion plan(
      DrainNode parameters, LiveObject node, ClusterCalls calls, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    DrainPlan plan = DrainPlan.of(parameters, pods(parameters, calls), daemonSets(calls), ownPod);
    if (!plan.refused().isEmpty()) {
      return refused(node, plan);
    }
    DrainReport report = new DrainReport();
    report.skipped(plan.skipped());
    evictInOrder(plan.evict(), parameters, report, context);
    return Conclusion.of(
        Outcome.PLANNED,
        "would drain node %s: %d pods to evict, %d of them blocked now, %d skipped"
            .formatted(
                node.name(), plan.evict().size(), report.count(Outcome.BLOCKED), report.skipped()),
        report.details());
  }

  private static Conclusion refused(LiveObject node, DrainPlan plan) {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    ObjectNode pods = details.putObject("pods");
    plan.refused().forEach(pods::put);
    List<String> reasons =
        plan.refused().entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
    return Conclusion.unsafe(
        "not draining node %s: %s".formatted(node.name(), String.join("; ", reasons)), details);
  }

  private static String summary(LiveObject node, Outcome outcome, DrainReport report) {
    int evicted = report.count(Outcome.CHANGED) + report.count(Outcome.NO_CHANGE);
    return outcome.isSuccess()
        ? "drained %s: %d pods evicted, %d skipped"
            .formatted(node.name(), evicted, report.skipped())
        : "node %s not drained: %d pods evicted, %d blocked, %d failed, %d still there, %d skipped"
            .formatted(
                node.name(),
                evicted,
                report.count(Outcome.BLOCKED),
                report.count(Outcome.FAILED),
                report.count(Outcome.TIMED_OUT),
                report.skipped());
  }

  private static List<LiveObject> pods(DrainNode parameters, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ApiRequest request =
        ApiRequest.get(ResourcePath.core("pods"))
            .query("fieldSelector", "spec.nodeName=" + parameters.nodeName());
    return list(
        parameters.podSelector() == null
            ? request
            : request.query("labelSelector", parameters.podSelector()),
        calls);
  }

  private static List<String> daemonSets(ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return list(ApiRequest.get(ResourcePath.group("apps", "v1", "daemonsets")), calls).stream()
        .map(DrainPlan::key)
        .toList();
  }

  private static List<LiveObject> list(ApiRequest request, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    List<LiveObject> objects = new ArrayList<>();
    String next = "";
    do {
      ApiRequest page = request.query("limit", PAGE);
      ApiAnswer answer = calls.send(next.isEmpty() ? page : page.query("continue", next));
      if (!answer.isSuccess()) {
        throw ClusterCalls.failed("list", answer);
      }
      answer.body().path("items").forEach(item -> objects.add(new LiveObject(item)));
      next = answer.body().path("metadata").path("continue").asString("");
    } while (!next.isEmpty());
    return objects;
  }

  private static ApiRequest cordon(LiveObject node, String mark) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = patch.putObject("metadata").put("uid", node.uid());
    metadata.putObject("annotations").put(CORDONED_BY, mark);
    patch.putObject("spec").put("unschedulable", true);
    return ApiRequest.mergePatch(ResourcePath.core("nodes").name(node.name()), patch);
  }

  /** Takes our mark away, and our cordon with it unless the drain got through. */
  private void settleCordon(
      LiveObject node, boolean keep, Conclusion conclusion, ActionContext context)
      throws SuspendedException, InterruptedException {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = patch.putObject("metadata").put("uid", node.uid());
    metadata.putObject("annotations").putNull(CORDONED_BY);
    if (!keep) {
      patch.putObject("spec").putNull("unschedulable");
    }
    ActionContext afterDeadline = context.withDeadline(context.clock().instant().plusSeconds(30));
    try {
      write(
          ApiRequest.mergePatch(ResourcePath.core("nodes").name(node.name()), patch),
          new ClusterCalls(kubernetes, afterDeadline));
    } catch (ActionEndedException e) {
      conclusion.details().put("uncordon", e.conclusion().message());
    }
  }

  private static void write(ApiRequest request, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ApiAnswer answer = calls.send(request);
    if (!answer.isSuccess() && answer.statusCode() != 404) {
      throw ClusterCalls.failed("cannot patch the node", answer);
    }
  }

  private static ResourcePath path(DrainNode parameters) {
    return ResourcePath.core("nodes").name(parameters.nodeName());
  }
}
