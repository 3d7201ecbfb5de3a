package com.mloptimizer.agent.main.permission;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Asks the API server what this agent may do. */
public final class PermissionReview {
  private static final int PARALLEL = 8;

  /** Reviews ask nothing but the API server's own memory. */
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final KubernetesClient kubernetes;

  /** Asks this API server. */
  public PermissionReview(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  /**
   * Which permissions the features lack, in their order; empty lists for those that lack none.
   *
   * @throws IOException if the API server does not answer
   */
  public Map<Feature, List<Permission>> missing(List<Feature> features)
      throws IOException, InterruptedException {
    Map<Permission, Boolean> allowed = ask(features);
    Map<Feature, List<Permission>> missing = new LinkedHashMap<>();
    for (Feature feature : features) {
      missing.put(
          feature,
          feature.permissions().stream()
              .filter(permission -> !allowed.getOrDefault(permission, false))
              .toList());
    }
    return missing;
  }

  private Map<Permission, Boolean> ask(List<Feature> features)
      throws IOException, InterruptedException {
    Map<Permission, Future<Boolean>> asked = new HashMap<>();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(PARALLEL, Thread.ofVirtual().factory())) {
      for (Feature feature : features) {
        for (Permission permission : feature.permissions()) {
          asked.computeIfAbsent(permission, p -> threads.submit(() -> isAllowed(p)));
        }
      }
      try {
        Map<Permission, Boolean> allowed = new HashMap<>();
        for (var question : asked.entrySet()) {
          allowed.put(question.getKey(), question.getValue().get());
        }
        return allowed;
      } finally {
        // Does nothing if all are answered; else the others would wait for their timeout each.
        threads.shutdownNow();
      }
    } catch (ExecutionException e) {
      throw new IOException("permission review: " + e.getCause(), e);
    }
  }

  private boolean isAllowed(Permission permission) throws IOException {
    String[] resource = permission.resource().split("/", 2);
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SelfSubjectAccessReview");
    ObjectNode attributes = review.putObject("spec").putObject("resourceAttributes");
    attributes.put("verb", permission.verb());
    attributes.put("group", permission.group());
    attributes.put("resource", resource[0]);
    if (resource.length == 2) {
      attributes.put("subresource", resource[1]);
    }
    if (!permission.namespace().isEmpty()) {
      attributes.put("namespace", permission.namespace());
    }
    if (!permission.name().isEmpty()) {
      attributes.put("name", permission.name());
    }
    ApiAnswer answer =
        kubernetes.send(
            ApiRequest.post(
                    ResourcePath.group("authorization.k8s.io", "v1", "selfsubjectaccessreviews"),
                    review)
                .timeout(TIMEOUT));
    if (!answer.isSuccess()) {
      throw new IOException(answer.summary());
    }
    return answer.body().path("status").path("allowed").asBoolean(false);
  }
}
