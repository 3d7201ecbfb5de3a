package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Evicts one pod and waits until that very pod, by UID, is gone. Looks before every request: the
 * API server spends disruption budget before it checks a precondition, so a request about a pod
 * that is gone would cost its replacement's budget.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/">API-initiated
 *     eviction</a>
 */
final class PodEviction {
  private static final Duration BLOCKED_DELAY = Duration.ofSeconds(5);
  private static final Duration CONTENDED_DELAY = Duration.ofMillis(250);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  /** The API server may call admission webhooks for this long. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(35);

  private final ClusterCalls calls;
  private final ActionContext context;
  private final Budgets budgets;
  private final EvictionVersion version;

  PodEviction(KubernetesClient kubernetes, EvictionVersion version, ActionContext context) {
    this.calls = new ClusterCalls(kubernetes, context);
    this.context = context;
    this.budgets = new Budgets(calls);
    this.version = version;
  }

  /**
   * Evicts the pod of that UID.
   *
   * @param gracePeriod null for the pod's own
   */
  EvictionEnd evict(LiveObject pod, @Nullable Duration gracePeriod)
      throws SuspendedException, InterruptedException {
    List<String> blockedBy = List.of();
    boolean accepted = false;
    try {
      while (true) {
        Optional<LiveObject> current = same(pod);
        if (current.isEmpty()) {
          return new EvictionEnd.Gone(!accepted);
        }
        // The grace period of a pod that is terminating already is not ours to shorten.
        if (current.get().isTerminating()) {
          accepted = true;
          blockedBy = List.of();
          context.pause(LOOK_AGAIN, "the pod to go");
          continue;
        }
        ApiAnswer answer = request(current.get(), gracePeriod);
        if (answer.isSuccess() && context.dryRun()) {
          return new EvictionEnd.Planned();
        }
        if (Budgets.isTooMany(answer) || (context.dryRun() && Budgets.isBlocked(answer))) {
          return new EvictionEnd.Blocked(budgets.blocking(answer, pod));
        }
        accepted |= answer.isSuccess();
        blockedBy = Budgets.isBlocked(answer) ? budgets.blocking(answer, pod) : List.of();
        waitAfter(answer);
      }
    } catch (ActionEndedException e) {
      return ended(e.conclusion(), accepted, blockedBy);
    }
  }

  private static EvictionEnd ended(
      Conclusion conclusion, boolean accepted, List<String> blockedBy) {
    if (conclusion.outcome() != Outcome.TIMED_OUT) {
      return new EvictionEnd.Failed(conclusion.message());
    }
    if (accepted) {
      return new EvictionEnd.StillThere();
    }
    return blockedBy.isEmpty()
        ? new EvictionEnd.Failed(conclusion.message())
        : new EvictionEnd.Blocked(blockedBy);
  }

  /** The pod, if it is still the one of that UID. */
  private Optional<LiveObject> same(LiveObject pod)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return calls
        .get(path(pod))
        .map(LiveObject::new)
        .filter(current -> current.uid().equals(pod.uid()));
  }

  private ApiAnswer request(LiveObject pod, @Nullable Duration gracePeriod)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ObjectNode eviction = JsonNodeFactory.instance.objectNode();
    eviction.put("apiVersion", "policy/" + version.get(calls)).put("kind", "Eviction");
    eviction.putObject("metadata").put("name", pod.name()).put("namespace", pod.namespace());
    ObjectNode options = eviction.putObject("deleteOptions");
    options.putObject("preconditions").put("uid", pod.uid());
    if (gracePeriod != null) {
      options.put("gracePeriodSeconds", gracePeriod.toSeconds());
    }
    if (context.dryRun()) {
      options.putArray("dryRun").add("All");
    }
    ApiRequest request =
        ApiRequest.post(path(pod).subresource("eviction"), eviction).timeout(REQUEST_TIMEOUT);
    return calls.send(context.dryRun() ? request.dryRun() : request);
  }

  private void waitAfter(ApiAnswer answer)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (answer.isSuccess()) {
      context.pause(LOOK_AGAIN, "the pod to go");
    } else if (answer.statusCode() == 429) {
      context.pause(answer.retryAfter().orElse(BLOCKED_DELAY), answer.message());
    } else if (answer.statusCode() == 403) {
      context.pause(LOOK_AGAIN, "the pod to go with its namespace");
    } else if (answer.statusCode() == 404 || answer.statusCode() == 409) {
      // Gone, another's, or the budget was contended: the next look tells.
      context.pause(CONTENDED_DELAY, "an eviction that nobody contends");
    } else {
      throw ClusterCalls.failed("eviction", answer);
    }
  }

  private static ResourcePath path(LiveObject pod) {
    return ResourcePath.core("pods").namespace(pod.namespace()).name(pod.name());
  }
}
