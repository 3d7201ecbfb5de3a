package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.Quantity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A pod's quality of service class, computed from its spec as the API server computes it. Pure.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/v1/helper/qos/qos.go">qos.go</a>
 */
enum QosClass {
  GUARANTEED,
  BURSTABLE,
  BEST_EFFORT;

  private static final List<String> COMPUTE = List.of("cpu", "memory");

  static QosClass of(JsonNode podSpec) {
    // Resources of the pod as a whole (KEP-2837) decide alone.
    if (!podSpec.path("resources").isEmpty()) {
      return of(List.of(podSpec.path("resources")));
    }
    return of(
        Stream.of("containers", "initContainers")
            .flatMap(list -> podSpec.path(list).valueStream())
            .map(container -> container.path("resources"))
            .toList());
  }

  private static QosClass of(List<JsonNode> resources) {
    Map<String, Quantity> requests = new HashMap<>();
    Map<String, Quantity> limits = new HashMap<>();
    boolean allLimited = true;
    for (JsonNode each : resources) {
      add(each.path("requests"), requests);
      allLimited &= add(each.path("limits"), limits) == COMPUTE.size();
    }
    if (requests.isEmpty() && limits.isEmpty()) {
      return BEST_EFFORT;
    }
    boolean sameRequests =
        requests.size() == limits.size()
            && requests.entrySet().stream()
                .allMatch(entry ->
                    limits.containsKey(entry.getKey())
                        && limits.get(entry.getKey()).value().compareTo(entry.getValue().value())
                            == 0);
    return allLimited && sameRequests ? GUARANTEED : BURSTABLE;
  }

  /** How many of the compute resources there were. */
  private static int add(JsonNode side, Map<String, Quantity> sums) {
    int found = 0;
    for (String name : COMPUTE) {
      Quantity amount = Quantity.parse(side.path(name).asString("")).orElse(Quantity.ZERO);
      if (amount.value().signum() > 0) {
        sums.merge(name, amount, Quantity::plus);
        found++;
      }
    }
    return found;
  }

  /** As Kubernetes writes it. */
  String label() {
    return switch (this) {
      case GUARANTEED -> "Guaranteed";
      case BURSTABLE -> "Burstable";
      case BEST_EFFORT -> "BestEffort";
    };
  }
}
