package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionParameters.CordonNode;
import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import com.mloptimizer.agent.core.action.ActionParameters.TaintNode;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.config.NodeLimit;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Every guardrail of one agent, and what its running actions have taken of them. Safe for use by
 * several threads; no method waits for anything but an answer of the API server.
 */
public final class Gatekeeper {
  private static final Duration TURN = Duration.ofMillis(500);
  private static final Duration SOON = Duration.ofMillis(100);

  private final GuardrailConfiguration configuration;
  private final ActionRules rules;
  private final ClusterReads reads;
  private final @Nullable OwnPod ownPod;
  private final KillSwitch killSwitch;
  private final DrainLine drains;
  private final EvictionRate evictions;
  private final @Nullable NodeCeiling ceiling;
  private final InstantSource clock;

  /**
   * Keeps to these guardrails.
   *
   * @param namespace the agent's own
   * @param podName the agent's own pod; null outside of a cluster, where there is neither an own
   *     namespace to protect nor a kill switch
   */
  public Gatekeeper(
      GuardrailConfiguration configuration,
      KubernetesClient kubernetes,
      String namespace,
      @Nullable String podName,
      InstantSource clock,
      Ticker ticker) {
    this.configuration = configuration;
    this.rules = new ActionRules(configuration, podName == null ? null : namespace);
    this.reads = new ClusterReads(kubernetes);
    this.ownPod =
        podName == null ? null : new OwnPod(reads, namespace, podName, KillSwitch.TIMEOUT);
    this.killSwitch = new KillSwitch(ownPod, ticker);
    this.drains = new DrainLine(configuration.maxConcurrentDrains());
    this.evictions = new EvictionRate(configuration.maxEvictionsPerMinute(), ticker);
    @Nullable NodeLimit limit = configuration.maxUnavailableNodes();
    this.ceiling = limit == null ? null : new NodeCeiling(limit);
    this.clock = clock;
  }

  /** Looks at the kill switch now and then, until it is told to stop. */
  public void watchKillSwitch(StopSignal stop) throws InterruptedException {
    do {
      killSwitch.look();
    } while (!stop.await(KillSwitch.INTERVAL));
  }

  /** Whether the kill switch is on. */
  public boolean isPaused() {
    return killSwitch.isPaused();
  }

  /**
   * What speaks against a dry run: what would always refuse the action, and else what would refuse
   * it now.
   *
   * @throws ForbiddenReadException if a guardrail cannot be checked
   * @throws IOException if the API server did not answer
   */
  public Forecast forecast(Action action) throws IOException {
    Optional<Violation> always = rules.forbidding(action);
    if (always.isEmpty()) {
      always = forbiddingTarget(action);
    }
    List<Violation> now = new ArrayList<>();
    momentary(action).ifPresent(now::add);
    @Nullable String node = nodeTaken(action);
    if (ceiling != null && node != null) {
      ceiling.exceeding(node, reads.nodes()).ifPresent(now::add);
    }
    return new Forecast(always, now);
  }

  /**
   * What would become of an action.
   *
   * @param always refuses it at any time
   * @param now would refuse it now, and perhaps not later
   */
  public record Forecast(Optional<Violation> always, List<Violation> now) {
    public Forecast {
      now = List.copyOf(now);
    }
  }

  /** What holds a dry run, which takes nothing. */
  public ActionPermit planningPermit() {
    return new HeldPermit(() -> {});
  }

  /**
   * Applies for an action that wants to begin.
   *
   * @param begun whether it had begun before the agent was started anew: neither a freeze nor the
   *     kill switch keeps it from ending what it began
   * @param hasTurn whether the agent is ready to work on it; asked after it was in line
   */
  public Application apply(Action action, boolean begun, BooleanSupplier hasTurn) {
    return new Application(action, begun, hasTurn);
  }

  /** An action's wish to begin, to be closed when it was decided. Used by one thread. */
  public final class Application implements AutoCloseable {
    private final Action action;
    private final boolean begun;
    private final BooleanSupplier hasTurn;
    private DrainLine.@Nullable Place place;
    private boolean labelsChecked;
    private boolean waited;

    private Application(Action action, boolean begun, BooleanSupplier hasTurn) {
      this.action = action;
      this.begun = begun;
      this.hasTurn = hasTurn;
      if (begun && action.type() == ActionType.DRAIN_NODE) {
        place = drains.joinToGoOn(); // Before anything takes time: it comes before all that begin.
      }
    }

    /**
     * Decides as of now.
     *
     * @throws ForbiddenReadException if a guardrail cannot be checked
     * @throws IOException if the API server did not answer: ask again
     */
    public Ruling ask() throws IOException {
      Optional<Violation> violation = rules.forbidding(action);
      if (violation.isPresent()) {
        return new Ruling.Refused(violation.get());
      }
      Optional<Ruling> notNow = notNow();
      if (notNow.isPresent()) {
        return notNow.get();
      }
      if (!labelsChecked) {
        violation = forbiddingTarget(action);
        labelsChecked = true;
      }
      if (violation.isEmpty() && !isTurn()) {
        waited = true;
        return waitForTurn();
      }
      if (violation.isEmpty() && !hasTurn.getAsBoolean()) {
        return new Ruling.Wait(SOON, "its turn: ACTION_PARALLELISM", false);
      }
      if (violation.isEmpty() && waited) {
        violation = forbiddingTarget(action); // They may have changed meanwhile.
      }
      return violation.isPresent() ? new Ruling.Refused(violation.get()) : reserve();
    }

    private Optional<Ruling> notNow() {
      return begun ? Optional.empty() : Gatekeeper.this.notNow(action);
    }

    private boolean isTurn() {
      if (action.type() != ActionType.DRAIN_NODE) {
        return true;
      }
      if (place == null) {
        place = drains.join();
      }
      return place.isFirst();
    }

    private Ruling waitForTurn() {
      return new Ruling.Wait(
          TURN,
          "its turn: guardrail %s: %d"
              .formatted(
                  GuardrailRule.MAX_CONCURRENT_DRAINS.label(), configuration.maxConcurrentDrains()),
          true);
    }

    private Ruling reserve() throws IOException {
      @Nullable String node = nodeTaken(action);
      if (ceiling == null || node == null) {
        return permitted(() -> {});
      }
      long version = ceiling.version();
      return switch (ceiling.reserve(action.id(), node, reads.nodes(), version)) {
        case NodeCeiling.Attempt.Reserved _ -> permitted(() -> ceiling.release(action.id()));
        case NodeCeiling.Attempt.Exceeded(Violation violation) -> new Ruling.Refused(violation);
        case NodeCeiling.Attempt.Outdated _ ->
            new Ruling.Wait(SOON, "a current list of nodes", false);
      };
    }

    private Ruling permitted(Runnable release) {
      Optional<Ruling> notNow = notNow(); // What was read meanwhile may have taken its time.
      if (notNow.isPresent()) {
        release.run();
        return notNow.get();
      }
      DrainLine.@Nullable Place held = place;
      place = null; // It is the permit's now.
      return new Ruling.Permitted(
          new HeldPermit(() -> {
            release.run();
            if (held != null) {
              held.close();
            }
          }));
    }

    @Override
    public void close() {
      if (place != null) {
        place.close();
      }
    }
  }

  /** What keeps an action from beginning at this moment, whatever was said of it before. */
  public Optional<Ruling> notNow(Action action) {
    if (!ActionRules.changesCluster(action)) {
      return Optional.empty();
    }
    return killSwitch.isFresh()
        ? momentary(action).map(Ruling.Refused::new)
        : Optional.of(new Ruling.Wait(SOON, "a recent look at the kill switch", false));
  }

  private Optional<Violation> momentary(Action action) {
    Optional<Violation> freeze = rules.freezing(action, clock.instant());
    return freeze.isPresent() || !ActionRules.changesCluster(action)
        ? freeze
        : killSwitch.violation();
  }

  private Optional<Violation> forbiddingTarget(Action action) throws IOException {
    if (configuration.protectedSelector().isEmpty() || action.type() == ActionType.CANCEL_ACTION) {
      return Optional.empty();
    }
    for (Map<String, String> labels : reads.labels(action.target())) {
      Optional<Violation> violation = rules.forbidding(action.target().toString(), labels);
      if (violation.isPresent()) {
        return violation;
      }
    }
    return Optional.empty();
  }

  /** The node that the action makes unavailable. */
  private static @Nullable String nodeTaken(Action action) {
    return switch (action.parameters()) {
      case CordonNode p -> p.nodeName();
      case DrainNode p -> p.nodeName();
      case TaintNode p ->
          !p.remove() && p.taints().stream().anyMatch(taint -> taint.effect().equals("NoExecute"))
              ? p.nodeName()
              : null;
      default -> null;
    };
  }

  /** Holds an action while it runs. */
  private final class HeldPermit implements ActionPermit {
    private final Runnable release;

    private HeldPermit(Runnable release) {
      this.release = release;
    }

    @Override
    public EvictionTurn evictionTurn() {
      return evictions.turn();
    }

    @Override
    public Optional<Violation> protecting(JsonNode pod) {
      return protecting(pod, isOwn(pod));
    }

    @Override
    public Optional<Violation> protectingFromTaint(JsonNode pod) {
      return isOwn(pod)
          ? Optional.of(
              new Violation(
                  GuardrailRule.OWN_NAMESPACE,
                  pod.path("metadata").path("name").asString("") + " is a pod of the agent"))
          : protecting(pod, false);
    }

    private boolean isOwn(JsonNode pod) {
      return ownPod != null && ownPod.isOneOfUs(pod);
    }

    private Optional<Violation> protecting(JsonNode pod, boolean own) {
      JsonNode metadata = pod.path("metadata");
      return rules.forbiddingEviction(
          metadata.path("namespace").asString(""),
          metadata.path("name").asString(""),
          ClusterReads.labels(pod),
          own);
    }

    @Override
    public void close() {
      release.run();
    }
  }
}
