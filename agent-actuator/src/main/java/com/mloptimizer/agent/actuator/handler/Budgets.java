package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which PodDisruptionBudgets stand in the way of an eviction. */
final class Budgets {
  private static final Pattern NAME_IN_CAUSE = Pattern.compile("[Tt]he disruption budget (\\S+) ");

  private final ClusterCalls calls;

  Budgets(ClusterCalls calls) {
    this.calls = calls;
  }

  /** Whether the answer says that a budget does not allow the eviction now. */
  static boolean isBlocked(ApiAnswer answer) {
    return answer.statusCode() == 429 && answer.hasCause("DisruptionBudget");
  }

  /** Whether the answer says that several budgets cover the pod, which no eviction ever passes. */
  static boolean isTooMany(ApiAnswer answer) {
    return answer.statusCode() == 500
        && answer.message().contains("more than one PodDisruptionBudget");
  }

  /** The budgets that the answer names, or else those that cover the pod. */
  List<String> blocking(ApiAnswer answer, LiveObject pod)
      throws ActionEndedException, SuspendedException, InterruptedException {
    List<String> named = new ArrayList<>();
    for (ApiAnswer.Cause cause : answer.causes()) {
      Matcher matcher = NAME_IN_CAUSE.matcher(cause.message());
      if (matcher.find()) {
        named.add(matcher.group(1));
      }
    }
    return named.isEmpty() ? covering(pod) : named;
  }

  private List<String> covering(LiveObject pod)
      throws ActionEndedException, SuspendedException, InterruptedException {
    for (String version : List.of("v1", "v1beta1")) {
      Optional<JsonNode> list =
          calls.get(
              ResourcePath.group("policy", version, "poddisruptionbudgets")
                  .namespace(pod.namespace()));
      if (list.isPresent()) {
        List<String> covering = new ArrayList<>();
        for (JsonNode item : list.get().path("items")) {
          if (selects(item.path("spec").path("selector"), pod)) {
            covering.add(new LiveObject(item).name());
          }
        }
        return covering;
      }
    }
    return List.of();
  }

  /** Whether a label selector selects the pod. */
  static boolean selects(JsonNode selector, LiveObject pod) {
    for (var wanted : selector.path("matchLabels").properties()) {
      if (!wanted.getValue().asString("").equals(pod.label(wanted.getKey()))) {
        return false;
      }
    }
    for (JsonNode expression : selector.path("matchExpressions")) {
      if (!matches(expression, pod.label(expression.path("key").asString("")))) {
        return false;
      }
    }
    return selector.isObject();
  }

  private static boolean matches(JsonNode expression, @Nullable String value) {
    List<String> values = new ArrayList<>();
    expression.path("values").forEach(node -> values.add(node.asString("")));
    return switch (expression.path("operator").asString("")) {
      case "In" -> value != null && values.contains(value);
      case "NotIn" -> value == null || !values.contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      default -> false;
    };
  }
}
