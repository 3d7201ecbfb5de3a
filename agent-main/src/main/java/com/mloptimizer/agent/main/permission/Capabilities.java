package com.mloptimizer.agent.main.permission;

import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent announces to the backend: what it is configured for and what the API server
 * allows. Asked for on every registration and hello; the answer of the API server is kept. Safe for
 * use by several threads.
 */
public final class Capabilities implements Supplier<List<String>> {
  private static final Logger log = LoggerFactory.getLogger(Capabilities.class);
  private static final String WEBSOCKET = "websocket";

  private final PermissionReview review;
  private final List<Feature> features;

  // Guarded by this.
  private @Nullable List<String> known;
  private boolean outage;

  /** The capabilities of an agent in this namespace. */
  public Capabilities(KubernetesClient kubernetes, String namespace) {
    this.review = new PermissionReview(kubernetes);
    this.features = FeatureCatalog.features(namespace);
  }

  /** As far as is known: without an API server there is nothing but the WebSocket. */
  @Override
  public synchronized List<String> get() {
    if (known == null) {
      try {
        known = announce(review.missing(features));
      } catch (IOException e) {
        if (!outage) {
          log.warn("Cannot ask the API server what this agent may do: {}", e.getMessage());
        }
        outage = true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return known == null ? List.of(WEBSOCKET) : known;
  }

  private static List<String> announce(Map<Feature, List<Permission>> missing) {
    boolean journal =
        missing.entrySet().stream()
            .noneMatch(e -> e.getKey().name().equals("journal") && !e.getValue().isEmpty());
    List<String> capabilities = new ArrayList<>(List.of(WEBSOCKET));
    missing.forEach((feature, lacking) -> {
      if (!lacking.isEmpty()) {
        log.warn("Cannot do {}: not permitted to {}", feature.name(), lacking);
      } else if (!feature.name().equals("journal")
          && (journal || !feature.name().startsWith("action:"))) {
        capabilities.add(feature.name());
      }
    });
    return List.copyOf(capabilities);
  }
}
