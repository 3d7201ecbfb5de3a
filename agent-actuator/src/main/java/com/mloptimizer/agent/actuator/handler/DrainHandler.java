package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code drain_node}: cordons, decides about every pod, evicts what the plan says, looks again for
 * pods that landed meanwhile. Undoes its own cordon, never an operator's, if it does not get
 * through.
 */
final class DrainHandler implements ActionHandler<DrainNode> {
  /** What is left for taking back a cordon once the deadline has passed. */
  private static final Duration TIDYING = Duration.ofSeconds(30);

  /** A second round finds what landed between the list and the cordon, a third proves it empty. */
  private static final int ROUNDS = 3;

  private final KubernetesClient kubernetes;
  private final ApiSurface surface;
  private final @Nullable String ownPod;

  DrainHandler(KubernetesClient kubernetes, ApiSurface surface, @Nullable String ownPod) {
    this.kubernetes = kubernetes;
    this.surface = surface;
    this.ownPod = ownPod;
  }

  @Override
  public Conclusion handle(DrainNode parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    DrainCordon cordon =
        new DrainCordon(parameters.nodeName(), parameters.nodeUid(), context.action().value());
    LiveObject node = cordon.node(calls);
    if (context.dryRun()) {
      return plan(parameters, node, calls, context);
    }
    DrainReport report = new DrainReport();
    Conclusion conclusion;
    boolean ours = false;
    try {
      ours = cordon.set(calls);
      conclusion = drain(parameters, node, report, calls, context);
    } catch (ActionEndedException e) {
      conclusion = interrupted(node, e.conclusion(), report);
    }
    if (ours) {
      boolean keep =
          conclusion.outcome().isSuccess()
              || (conclusion.outcome() != Outcome.REFUSED && !parameters.uncordonOnFailure());
      settle(cordon, keep, conclusion, context);
    }
    return conclusion;
  }

  private Conclusion drain(
      DrainNode parameters,
      LiveObject node,
      DrainReport report,
      ClusterCalls calls,
      ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    EvictionMemory memory = EvictionMemory.of(context);
    Set<String> begun = new HashSet<>(memory.earlier().keySet());
    DrainEvictions evictions =
        new DrainEvictions(kubernetes, surface, ownPod, parameters, report, context);
    for (int round = 1; round <= ROUNDS; round++) {
      List<LiveObject> present = pods(parameters, calls);
      if (round == 1) {
        reportGone(memory, present, report);
      }
      DrainPlan plan = decide(parameters, present, begun, calls, context);
      tell(plan, report);
      if (!plan.isPermitted() && begun.isEmpty()) {
        return refused(node, plan, report);
      }
      List<LiveObject> pods = plan.evict().stream().filter(pod -> !report.knows(pod)).toList();
      if (pods.isEmpty() || !plan.isPermitted()) {
        break;
      }
      context.progress("evicting %d pods of node %s".formatted(pods.size(), node.name()));
      memory.setOutFor(pods);
      pods.forEach(pod -> begun.add(pod.uid()));
      evictions.inOrder(pods);
      if (report.hasTrouble()) {
        break;
      }
    }
    boolean cordoned =
        !CordonHandler.isUnschedulable(node)
            || (context.resumedSince() != null && node.isWrittenByUsSince(context.resumedSince()));
    Outcome outcome = report.outcome(cordoned);
    return Conclusion.of(outcome, summary(node, outcome, report), report.details());
  }

  private static void tell(DrainPlan plan, DrainReport report) {
    report.skipped(plan.skipped());
    report.refused(plan.refused());
    report.violating(plan.violations());
  }

  /** What an earlier attempt set out to evict and is not there any more. */
  private static void reportGone(
      EvictionMemory memory, List<LiveObject> present, DrainReport report) {
    Set<String> uids = present.stream().map(LiveObject::uid).collect(Collectors.toSet());
    memory
        .earlier()
        .forEach((uid, entry) -> {
          if (!uids.contains(uid)) {
            report.goneEarlier(uid, entry);
          }
        });
  }

  private Conclusion plan(
      DrainNode parameters, LiveObject node, ClusterCalls calls, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    DrainReport report = new DrainReport();
    DrainPlan plan = decide(parameters, pods(parameters, calls), Set.of(), calls, context);
    tell(plan, report);
    if (!plan.isPermitted()) {
      return refused(node, plan, report);
    }
    new DrainEvictions(kubernetes, surface, ownPod, parameters, report, context)
        .inOrder(plan.evict());
    return Conclusion.of(
        Outcome.PLANNED,
        "would drain node %s: %d pods to evict, %d of them blocked now, %d skipped"
            .formatted(
                node.name(), plan.evict().size(), report.count(Outcome.BLOCKED), report.skipped()),
        report.details());
  }

  private DrainPlan decide(
      DrainNode parameters,
      List<LiveObject> pods,
      Set<String> begun,
      ClusterCalls calls,
      ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Set<String> daemonSets =
        calls
            .list(
                ResourcePath.group("apps", "v1", "daemonsets"),
                ListOptions.all().withMetadataOnly())
            .orElse(List.of())
            .stream()
            .map(LiveObject::uid)
            .collect(Collectors.toSet());
    return DrainPlan.of(
        parameters,
        pods,
        new DrainPlan.Facts(daemonSets, begun, context.permit()::protecting, ownPod));
  }

  /** A guardrail weighs more than what the action's parameters could permit. */
  private static Conclusion refused(LiveObject node, DrainPlan plan, DrainReport report) {
    RejectionReason reason =
        plan.violations().isEmpty() ? RejectionReason.UNSAFE : RejectionReason.NOT_PERMITTED;
    return new Conclusion(
        Outcome.REFUSED,
        reason,
        "not draining node %s: %s".formatted(node.name(), String.join("; ", report.refusals())),
        report.details());
  }

  /** The drain came to an end between two evictions; what it did until then stays reported. */
  private static Conclusion interrupted(LiveObject node, Conclusion end, DrainReport report) {
    return new Conclusion(
        end.outcome(),
        end.reason(),
        "draining node %s: %s".formatted(node.name(), end.message()),
        report.details());
  }

  private static String summary(LiveObject node, Outcome outcome, DrainReport report) {
    if (outcome.isSuccess()) {
      return "drained %s: %d pods evicted, %d skipped"
          .formatted(node.name(), report.evicted(), report.skipped());
    }
    String counts =
        "node %s not drained: %d pods evicted, %d blocked, %d failed, %d still there, %d skipped"
            .formatted(
                node.name(),
                report.evicted(),
                report.count(Outcome.BLOCKED),
                report.count(Outcome.FAILED),
                report.count(Outcome.TIMED_OUT) - report.outOfTurn(),
                report.skipped());
    if (report.outOfTurn() > 0) {
      counts +=
          "; guardrail max_evictions_per_minute: the turn of %d was after the deadline"
              .formatted(report.outOfTurn());
    }
    if (!report.budgets().isEmpty()) {
      counts += "; blocked by PodDisruptionBudget " + String.join(", ", report.budgets());
    }
    return report.refused() == 0
        ? counts
        : counts + "; landed meanwhile and forbid it: " + String.join("; ", report.refusals());
  }

  private static List<LiveObject> pods(DrainNode parameters, ClusterCalls calls)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ListOptions options = ListOptions.all().withFields("spec.nodeName=" + parameters.nodeName());
    return calls
        .list(
            ResourcePath.core("pods"),
            parameters.podSelector() == null
                ? options
                : options.withLabels(parameters.podSelector()))
        .orElse(List.of());
  }

  private void settle(
      DrainCordon cordon, boolean keep, Conclusion conclusion, ActionContext context)
      throws SuspendedException, InterruptedException {
    ActionContext tidying = context.withDeadline(context.clock().instant().plus(TIDYING));
    try {
      cordon.settle(keep, new ClusterCalls(kubernetes, tidying));
      conclusion.details().put("uncordoned", !keep);
    } catch (ActionEndedException e) {
      conclusion.details().put("uncordoned", false).put("cordon", e.conclusion().message());
    }
  }
}
