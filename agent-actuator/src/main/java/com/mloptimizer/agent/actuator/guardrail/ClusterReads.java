package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.action.Target;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What the guardrails read of the cluster; one try each, whoever asks tries again. */
final class ClusterReads {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  private final KubernetesClient kubernetes;

  ClusterReads(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  /**
   * Every set of labels that speaks for the target: its own, and for a workload those that its pods
   * get. None if there is no such object.
   *
   * @throws ForbiddenReadException if the agent may not read it
   */
  List<Map<String, String>> labels(Target target) throws IOException {
    Optional<JsonNode> object = get(target.path(), TIMEOUT);
    if (object.isEmpty()) {
      return List.of();
    }
    JsonNode template = object.get().path("spec").path("template");
    return template.isObject()
        ? List.of(labels(object.get()), labels(template))
        : List.of(labels(object.get()));
  }

  static Map<String, String> labels(JsonNode object) {
    Map<String, String> labels = new HashMap<>();
    for (var label : object.path("metadata").path("labels").properties()) {
      labels.put(label.getKey(), label.getValue().asString(""));
    }
    return labels;
  }

  /**
   * All nodes.
   *
   * @throws ForbiddenReadException if the agent may not list them
   */
  List<NodeState> nodes() throws IOException {
    List<NodeState> nodes = new ArrayList<>();
    ListOutcome outcome =
        kubernetes.list(ResourcePath.core("nodes"), ListOptions.all(), NodeState::read, nodes::add);
    return switch (outcome) {
      case ListOutcome.Listed _ -> nodes;
      case ListOutcome.Refused(ApiAnswer answer) -> throw failure(answer);
    };
  }

  /**
   * One object; empty if there is none.
   *
   * @throws ForbiddenReadException if the agent may not read it
   */
  Optional<JsonNode> get(ResourcePath path, Duration timeout) throws IOException {
    ApiAnswer answer = kubernetes.send(ApiRequest.get(path).timeout(timeout));
    if (answer.statusCode() == NOT_FOUND) {
      return Optional.empty();
    }
    if (!answer.isSuccess()) {
      throw failure(answer);
    }
    return Optional.of(answer.body());
  }

  private static IOException failure(ApiAnswer answer) {
    return answer.statusCode() == FORBIDDEN
        ? new ForbiddenReadException(answer.summary())
        : new IOException(answer.summary());
  }
}
