package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which PodDisruptionBudgets stand in the way of an eviction. */
final class Budgets {
  private static final Pattern NAME_IN_CAUSE = Pattern.compile("[Tt]he disruption budget (\\S+) ");

  private final ApiSurface surface;
  private final ClusterCalls calls;

  Budgets(ApiSurface surface, ClusterCalls calls) {
    this.surface = surface;
    this.calls = calls;
  }

  /**
   * The budgets that the answer names, or else those that cover the pod, as far as they may be
   * read.
   */
  List<String> blocking(ApiAnswer answer, LiveObject pod)
      throws SuspendedException, InterruptedException {
    List<String> named = new ArrayList<>();
    for (ApiAnswer.Cause cause : answer.causes()) {
      Matcher matcher = NAME_IN_CAUSE.matcher(cause.message());
      if (matcher.find()) {
        named.add(matcher.group(1));
      }
    }
    return named.isEmpty() ? covering(pod) : named;
  }

  private List<String> covering(LiveObject pod) throws SuspendedException, InterruptedException {
    try {
      return surface.budgets(pod.namespace(), calls).stream()
          .filter(budget -> selects(budget.spec().path("selector"), pod))
          .map(LiveObject::name)
          .toList();
    } catch (ActionEndedException e) {
      return List.of(); // Blocked it is all the same, whoever may or may not read the names.
    }
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
