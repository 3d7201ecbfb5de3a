package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.actuator.guardrail.EvictionTurn;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
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
 * that is gone would cost its replacement's budget. Used once, by one thread.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/">API-initiated
 *     eviction</a>
 */
final class PodEviction {
  private static final Duration BLOCKED_DELAY = Duration.ofSeconds(5);

  /** The API server may call admission webhooks for this long. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(35);

  private final ClusterCalls calls;
  private final ActionContext context;
  private final Budgets budgets;
  private final ApiSurface surface;
  private final LiveObject pod;
  private final @Nullable Duration gracePeriod;

  private final LookDelay look = new LookDelay();

  /** Whether this action asked for the eviction, now or in an earlier attempt. */
  private boolean asked;

  /** Why the pod goes, once it does. */
  private @Nullable String going;

  /** Whether it goes only so far: what is evacuated leaves a finished pod behind. */
  private boolean evacuating;

  private boolean blocked;
  private List<String> blockedBy = List.of();
  private boolean inLine;

  /**
   * The eviction of the pod of that UID.
   *
   * @param gracePeriod null for the pod's own
   */
  PodEviction(
      LiveObject pod,
      @Nullable Duration gracePeriod,
      ApiSurface surface,
      ClusterCalls calls,
      ActionContext context) {
    this.pod = pod;
    this.gracePeriod = gracePeriod;
    this.surface = surface;
    this.calls = calls;
    this.context = context;
    this.budgets = new Budgets(surface, calls);
    this.asked = EvictionMemory.of(context).hasAskedFor(pod.uid());
  }

  /** Evicts, and waits. */
  EvictionEnd evict() throws SuspendedException, InterruptedException {
    try (EvictionTurn turn = context.permit().evictionTurn()) {
      while (true) {
        Optional<EvictionEnd> end = step(turn);
        if (end.isPresent()) {
          return end.get();
        }
      }
    } catch (ActionEndedException e) {
      return ended(e.conclusion());
    }
  }

  /** Looks, and does what is to be done next. */
  private Optional<EvictionEnd> step(EvictionTurn turn)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<LiveObject> current = same();
    if (current.isEmpty()) {
      turn.answered(false);
      return Optional.of(asked ? new EvictionEnd.Evicted() : new EvictionEnd.GoneAlready());
    }
    if (going == null && current.get().isTerminating()) {
      // The grace period of a pod that is terminating already is not ours to shorten.
      going = asked ? "evicted" : "terminating already";
    }
    if (evacuating && current.get().isFinished()) {
      evacuating = false;
      going = null;
    }
    if (going != null) {
      turn.answered(false);
      if (context.dryRun()) {
        return Optional.of(new EvictionEnd.Planned(going));
      }
      lookAgain("the pod to go");
      return Optional.empty();
    }
    if (!context.dryRun() && awaitTurn(turn)) {
      return Optional.empty(); // Meanwhile the pod may have changed: look again.
    }
    return ask(turn);
  }

  /** Whether it had to wait. */
  private boolean awaitTurn(EvictionTurn turn)
      throws ActionEndedException, SuspendedException, InterruptedException {
    boolean waited = false;
    Optional<Duration> wait = turn.poll();
    while (wait.isPresent()) {
      waited = true;
      inLine = true;
      context.pause(wait.get(), "its turn: guardrail max_evictions_per_minute");
      wait = turn.poll();
    }
    inLine = false;
    return waited;
  }

  private Optional<EvictionEnd> ask(EvictionTurn turn)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Optional<ApiAnswer> answer = calls.writeAnyhow(request(), turn::sent);
    if (answer.isEmpty()) {
      asked = true; // Perhaps: the answer was lost.
      turn.answered(true);
      return Optional.empty();
    }
    EvictionAnswer meaning = EvictionAnswer.of(answer.get());
    turn.answered(meaning == EvictionAnswer.ACCEPTED);
    return react(meaning, answer.get());
  }

  private Optional<EvictionEnd> react(EvictionAnswer meaning, ApiAnswer answer)
      throws ActionEndedException, SuspendedException, InterruptedException {
    switch (meaning) {
      case ACCEPTED -> {
        if (context.dryRun()) {
          return Optional.of(new EvictionEnd.Planned("would be evicted"));
        }
        asked = true;
        going = "evicted";
        lookAgain("the pod to go");
      }
      case EVACUATING -> {
        asked = true;
        evacuating = true;
        going = "its evacuation was triggered";
        lookAgain("its evacuation");
      }
      case NAMESPACE_GOES -> going = "goes with its namespace";
      case TOO_MANY_BUDGETS -> {
        return Optional.of(new EvictionEnd.Blocked(budgets.blocking(answer, pod)));
      }
      case BLOCKED -> {
        blocked = true;
        blockedBy = budgets.blocking(answer, pod);
        if (context.dryRun()) {
          return Optional.of(new EvictionEnd.Blocked(blockedBy));
        }
        context.pause(answer.retryAfter().orElse(BLOCKED_DELAY), answer.message());
      }
      case LOOK_AGAIN -> lookAgain("an eviction that nobody contends");
      case TROUBLE -> calls.pauseAfter(answer);
      case REFUSED -> {
        return Optional.of(new EvictionEnd.Failed("eviction: " + answer.summary()));
      }
    }
    return Optional.empty();
  }

  private EvictionEnd ended(Conclusion conclusion) {
    return switch (conclusion.outcome()) {
      case CANCELLED -> new EvictionEnd.Cancelled(going != null);
      case TIMED_OUT -> {
        if (going != null) {
          yield new EvictionEnd.StillThere(going);
        }
        if (blocked) {
          yield new EvictionEnd.Blocked(blockedBy);
        }
        yield inLine
            ? new EvictionEnd.OutOfTurn()
            : new EvictionEnd.Unanswered("not evicted: " + conclusion.message());
      }
      default -> new EvictionEnd.Failed(conclusion.message());
    };
  }

  /** The pod, if it is still the one of that UID. */
  private Optional<LiveObject> same()
      throws ActionEndedException, SuspendedException, InterruptedException {
    return calls
        .get(path())
        .map(LiveObject::new)
        .filter(current -> current.uid().equals(pod.uid()));
  }

  private ApiRequest request()
      throws ActionEndedException, SuspendedException, InterruptedException {
    ObjectNode eviction = JsonNodeFactory.instance.objectNode();
    eviction.put("apiVersion", "policy/" + surface.evictionVersion(calls)).put("kind", "Eviction");
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
        ApiRequest.post(path().subresource("eviction"), eviction).timeout(REQUEST_TIMEOUT);
    return context.dryRun() ? request.dryRun() : request;
  }

  private void lookAgain(String waitingFor)
      throws ActionEndedException, SuspendedException, InterruptedException {
    context.pause(look.next(), waitingFor);
  }

  private ResourcePath path() {
    return ResourcePath.core("pods").namespace(pod.namespace()).name(pod.name());
  }
}
