package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which Kubernetes this is; asked for until it is known. Safe for use by several threads. */
final class ClusterVersion implements Supplier<String> {
  private static final Logger log = LoggerFactory.getLogger(ClusterVersion.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int UNAUTHORIZED = 401;

  private final KubernetesClient kubernetes;
  private volatile String known = "";

  ClusterVersion(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  /** What is known so far; empty if nothing. Returns at once. */
  String known() {
    return known;
  }

  /** For example {@code v1.34.1}; empty while the API server cannot be reached. */
  @Override
  public String get() {
    if (known.isEmpty()) {
      try {
        known = ask().body().path("gitVersion").asString("");
      } catch (IOException e) {
        log.debug("The API server does not tell its version: {}", e.getMessage());
      }
    }
    return known;
  }

  /**
   * Makes sure that the API server accepts the credentials, if it can be reached; if it cannot, the
   * agent waits for it like for everybody else.
   *
   * @throws ClusterRefusedException if it does not
   */
  void requireAuthorized() {
    try {
      // Not /version, which an API server may tell anybody. Whether it may list does not matter.
      ApiAnswer answer =
          kubernetes.send(
              ApiRequest.get(ResourcePath.core("nodes")).query("limit", "1").timeout(TIMEOUT));
      if (answer.statusCode() == UNAUTHORIZED) {
        throw new ClusterRefusedException(kubernetes.server(), answer.summary());
      }
    } catch (IOException e) {
      log.warn("The API server cannot be reached yet: {}", e.getMessage());
    }
  }

  private ApiAnswer ask() throws IOException {
    return kubernetes.send(ApiRequest.get(ResourcePath.raw("/version")).timeout(TIMEOUT));
  }
}
