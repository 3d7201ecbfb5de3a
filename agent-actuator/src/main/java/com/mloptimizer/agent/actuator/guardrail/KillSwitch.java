package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Whether an operator has stopped the agent: {@code kubectl annotate deployment NAME
 * agent.mloptimizer.com/paused=true}. {@link #look} is called every {@link #INTERVAL}; what was
 * read longer ago than {@link #FRESH} is not believed, so that no action begins more than five
 * seconds after the annotation, however slow the API server is. Safe for use by several threads.
 *
 * <p>An agent that may not read its Deployment, or that has none, cannot be stopped this way. It
 * says so once, and keeps to what it last knew: who takes away the permission does not release the
 * switch.
 */
final class KillSwitch {
  static final String ANNOTATION = "agent.mloptimizer.com/paused";
  static final Duration INTERVAL = Duration.ofSeconds(2);
  static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final Duration FRESH = Duration.ofSeconds(4);

  private static final Logger log = LoggerFactory.getLogger(KillSwitch.class);

  private final @Nullable OwnPod pod;
  private final Ticker ticker;

  // Written by the thread that looks, under this; read without.
  private volatile State state;
  private @Nullable String deployment;

  /**
   * What is known.
   *
   * @param paused as the annotation said, when it was read
   * @param readAtNanos when the question was asked; null until there was an answer
   * @param trouble why it cannot be read; null if it can
   */
  private record State(boolean paused, @Nullable Long readAtNanos, @Nullable String trouble) {}

  /**
   * @param pod null outside of a cluster, where there is no switch
   */
  KillSwitch(@Nullable OwnPod pod, Ticker ticker) {
    this.pod = pod;
    this.ticker = ticker;
    this.state = new State(false, null, null);
  }

  /** Whether the agent is paused, as far as is known. */
  boolean isPaused() {
    return state.paused();
  }

  /** Whether what is known is recent enough to let an action begin. */
  boolean isFresh() {
    @Nullable Long readAt = state.readAtNanos();
    return pod == null || (readAt != null && ticker.nanos() - readAt <= FRESH.toNanos());
  }

  Optional<Violation> violation() {
    return state.paused()
        ? Optional.of(
            new Violation(
                GuardrailRule.PAUSED, "annotation " + ANNOTATION + " on the agent's Deployment"))
        : Optional.empty();
  }

  /** Reads the annotation; what cannot be read now is read the next time. */
  synchronized void look() {
    if (pod == null) {
      return;
    }
    long now = ticker.nanos();
    try {
      become(read(pod), now);
    } catch (ForbiddenReadException e) {
      unreadable(
          "it is not permitted to read its pod, ReplicaSet and Deployment: " + e.getMessage(), now);
    } catch (IOException e) {
      log.debug("Cannot read the kill switch: {}", e.getMessage());
    }
  }

  private void become(Optional<JsonNode> found, long now) {
    if (found.isEmpty()) {
      unreadable("its pod belongs to no Deployment", now);
      return;
    }
    boolean paused =
        found
            .get()
            .path("metadata")
            .path("annotations")
            .path(ANNOTATION)
            .asString("")
            .equalsIgnoreCase("true");
    if (paused != state.paused()) {
      log.warn(
          paused
              ? "Paused: no new action begins while Deployment {} is annotated {}"
              : "No longer paused: Deployment {} is not annotated {}",
          deployment,
          ANNOTATION);
    }
    state = new State(paused, now, null);
  }

  /** The Deployment's name is kept, so that a look costs one request. */
  private Optional<JsonNode> read(OwnPod own) throws IOException {
    @Nullable String known = deployment;
    if (known == null) {
      known = own.deployment().orElse(null);
      deployment = known;
    }
    if (known == null) {
      return Optional.empty();
    }
    Optional<JsonNode> found = own.deployment(known);
    if (found.isEmpty()) {
      deployment = null;
    }
    return found;
  }

  private void unreadable(String trouble, long now) {
    if (!trouble.equals(state.trouble())) {
      log.warn("The agent has no kill switch ({} stays without effect): {}", ANNOTATION, trouble);
    }
    state = new State(state.paused(), now, trouble);
  }
}
