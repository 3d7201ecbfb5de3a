package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code drain_node}: cordons, decides about every pod, evicts what the plan says, looks again for
 * pods that landed meanwhile. Undoes its own cordon, never an operator's, if it does not get
 * through.
 */
final class DrainHandler implements ActionHandler<DrainNode> {
  private static final Logger log = LoggerFactory.getLogger(DrainHandler.class);

  /** What is left for taking back a cordon once the action has ended and the node can be read. */
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
    EvictionMemory memory = EvictionMemory.of(context);
    DrainCordon cordon =
        new DrainCordon(
            parameters.nodeName(),
            parameters.nodeUid() == null ? memory.nodeUid() : parameters.nodeUid(),
            context.action().value());
    if (context.dryRun()) {
      return plan(parameters, cordon, calls, context);
    }
    DrainReport report = new DrainReport();
    Conclusion conclusion;
    try {
      conclusion = drain(parameters, memory, cordon, report, calls, context);
    } catch (ActionEndedException e) {
      conclusion = interrupted(parameters, e.conclusion(), report);
    } catch (RuntimeException e) {
      // A defect must not leave the cordon behind, nor what was evicted untold.
      log.error("Draining node {} failed unexpectedly", parameters.nodeName(), e);
      Conclusion defect = Conclusion.of(Outcome.FAILED, "internal error: " + e);
      conclusion = interrupted(parameters, defect, report);
    }
    if (cordon.mayBeSet() || context.resumedSince() != null) {
      boolean keep =
          conclusion.outcome().isSuccess()
              || (conclusion.outcome() != Outcome.REFUSED && !parameters.uncordonOnFailure());
      settle(cordon, keep, conclusion, context);
    }
    return conclusion;
  }

  private Conclusion drain(
      DrainNode parameters,
      EvictionMemory memory,
      DrainCordon cordon,
      DrainReport report,
      ClusterCalls calls,
      ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (!memory.earlier().isEmpty()) {
      // Told even if the node is gone by now.
      report.askedForEarlier(memory.earlier());
      report.goneEarlier(memory.earlier(), pods(parameters, calls));
    }
    LiveObject node = cordon.node(calls);
    setOut(context, () -> memory.setOutOn(node));
    cordon.set(calls);
    Set<String> begun = new HashSet<>(memory.earlier().keySet());
    DrainEvictions evictions =
        new DrainEvictions(kubernetes, surface, ownPod, parameters, report, context);
    for (int round = 1; round <= ROUNDS; round++) {
      if (round > 1) {
        cordon.requireInPlace(calls);
      }
      List<LiveObject> present = pods(parameters, calls);
      report.goneEarlier(memory.earlier(), present);
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
      setOut(context, () -> memory.setOutFor(pods));
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
    String told = context.clearance().withdrawn().map(end -> "; " + end.message()).orElse("");
    return Conclusion.of(
        outcome,
        summary(node, outcome, report) + (outcome.isSuccess() ? "" : told),
        report.details());
  }

  /** Something to be written down before it is begun. */
  private interface Intention {
    void writeDown() throws ActionEndedException, SuspendedException, InterruptedException;
  }

  /** If it cannot be written down nothing more is done, but what can be read is still told. */
  private static void setOut(ActionContext context, Intention intention)
      throws SuspendedException, InterruptedException {
    try {
      context.requireClearance();
      intention.writeDown();
    } catch (ActionEndedException e) {
      context.clearance().withdraw(e.conclusion());
    }
  }

  private static void tell(DrainPlan plan, DrainReport report) {
    report.skipped(plan.skipped());
    report.refused(plan.refused());
    report.violating(plan.violations());
  }

  private Conclusion plan(
      DrainNode parameters, DrainCordon cordon, ClusterCalls calls, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    LiveObject node = cordon.plan(calls);
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
  private static Conclusion interrupted(DrainNode parameters, Conclusion end, DrainReport report) {
    String message = "draining node %s: %s".formatted(parameters.nodeName(), end.message());
    return report.hasEvictions()
        ? end.afterWork(message, report.details())
        : new Conclusion(end.outcome(), end.reason(), message, report.details());
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
    try {
      // As long as nothing can be read, the end could not be recorded, either: no hurry.
      ActionContext patient = context.withDeadline(Instant.MAX);
      if (!cordon.isSet(new ClusterCalls(kubernetes, patient))) {
        return;
      }
      ActionContext tidying = context.withDeadline(context.clock().instant().plus(TIDYING));
      boolean uncordoned = cordon.settle(keep, new ClusterCalls(kubernetes, tidying));
      conclusion.details().put("uncordoned", uncordoned);
    } catch (ActionEndedException e) {
      conclusion.details().put("uncordoned", false).put("cordon", e.conclusion().message());
    }
  }
}
