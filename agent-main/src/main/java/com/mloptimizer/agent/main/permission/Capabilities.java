package com.mloptimizer.agent.main.permission;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent announces to the backend: what it is configured for and what the API server
 * allows. Asked for on every registration, hello and heartbeat; the answer of the API server is
 * kept for some minutes, and for as long as it gives no other. Safe for use by several threads.
 */
public final class Capabilities implements Supplier<List<String>> {
  private static final Logger log = LoggerFactory.getLogger(Capabilities.class);
  private static final String WEBSOCKET = "websocket";

  /** Somebody may have granted what was missing. */
  private static final Duration KEPT = Duration.ofMinutes(5);

  /** Between two attempts while the API server does not answer. */
  private static final Duration RETRY = Duration.ofSeconds(20);

  private final PermissionReview review;
  private final List<Feature> features;
  private final Ticker ticker;
  private volatile @Nullable Map<Feature, List<Permission>> known;

  // Guarded by this.
  private long dueNanos;
  private boolean outage;

  /**
   * The capabilities of an agent in this namespace.
   *
   * @param allowed the types of action that it is configured for
   */
  public Capabilities(
      KubernetesClient kubernetes, String namespace, Set<ActionType> allowed, Ticker ticker) {
    this.review = new PermissionReview(kubernetes);
    this.features = FeatureCatalog.features(namespace, allowed);
    this.ticker = ticker;
    this.dueNanos = ticker.nanos();
  }

  /** As far as is known: without an API server there is nothing but the WebSocket. */
  @Override
  public synchronized List<String> get() {
    if (ticker.nanos() - dueNanos >= 0) {
      ask();
    }
    Map<Feature, List<Permission>> missing = known;
    return missing == null ? List.of(WEBSOCKET) : announce(missing);
  }

  /**
   * What each feature lacks, as it was when it was last asked; empty if it never was. Returns at
   * once.
   */
  public Optional<Map<String, List<String>>> missing() {
    return Optional.ofNullable(known)
        .map(missing -> {
          Map<String, List<String>> names = new TreeMap<>();
          missing.forEach((feature, permissions) ->
              names.put(feature.name(), permissions.stream().map(Permission::toString).toList()));
          return names;
        });
  }

  private void ask() {
    try {
      Map<Feature, List<Permission>> missing = review.missing(features);
      if (!missing.equals(known)) {
        report(missing);
      }
      if (outage) {
        log.info("The API server says again what this agent may do");
      }
      known = missing;
      outage = false;
      dueNanos = ticker.nanos() + KEPT.toNanos();
    } catch (IOException e) {
      if (!outage) {
        log.warn("Cannot ask the API server what this agent may do: {}", e.getMessage());
      }
      outage = true;
      dueNanos = ticker.nanos() + RETRY.toNanos();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void report(Map<Feature, List<Permission>> missing) {
    missing.forEach((feature, lacking) -> {
      if (!lacking.isEmpty()) {
        log.warn("Cannot do {}: not permitted to {}", feature.name(), lacking);
      }
    });
  }

  private static List<String> announce(Map<Feature, List<Permission>> missing) {
    boolean journal =
        missing.entrySet().stream()
            .noneMatch(e -> e.getKey().name().equals("journal") && !e.getValue().isEmpty());
    List<String> capabilities = new ArrayList<>(List.of(WEBSOCKET));
    missing.forEach((feature, lacking) -> {
      if (lacking.isEmpty()
          && !feature.name().equals("journal")
          && (journal || !feature.name().startsWith("action:"))) {
        capabilities.add(feature.name());
      }
    });
    return List.copyOf(capabilities);
  }
}
