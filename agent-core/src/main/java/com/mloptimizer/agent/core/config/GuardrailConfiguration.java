package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What this agent does not do, whoever asks (protocol section 7). Only who configures this process
 * can change it.
 *
 * @param allowedActions the types that it carries out
 * @param protectedNamespaces whose objects it leaves alone
 * @param protectedSelector selects the objects that it leaves alone
 * @param maxConcurrentDrains how many drains run at once; others wait
 * @param maxEvictionsPerMinute how many evictions are accepted in any minute; others wait
 * @param maxUnavailableNodes how many nodes may be unavailable for an action to take another one;
 *     null for any number
 * @param maxReplicas the most replicas it asks for; null for any number
 * @param freezeSchedules when nothing that changes the cluster starts
 */
public record GuardrailConfiguration(
    Set<ActionType> allowedActions,
    Set<String> protectedNamespaces,
    LabelSelector protectedSelector,
    int maxConcurrentDrains,
    int maxEvictionsPerMinute,
    @Nullable NodeLimit maxUnavailableNodes,
    @Nullable Integer maxReplicas,
    List<FreezeSchedule> freezeSchedules) {
  private static final String NO_LIMIT = "no limit";

  public GuardrailConfiguration {
    allowedActions = Set.copyOf(allowedActions);
    protectedNamespaces = Set.copyOf(protectedNamespaces);
    freezeSchedules = List.copyOf(freezeSchedules);
  }

  /** What holds if nothing is configured. */
  public static GuardrailConfiguration standard() {
    return new GuardrailConfiguration(
        Set.of(ActionType.values()),
        Set.of("kube-system"),
        LabelSelector.nothing(),
        1,
        30,
        null,
        null,
        List.of());
  }

  /** Every guardrail by the name of its setting, for a person. */
  public Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("allowed_actions", actions());
    settings.put("protected_namespaces", list(protectedNamespaces));
    settings.put(
        "protected_selector", protectedSelector.isEmpty() ? "none" : protectedSelector.toString());
    settings.put("max_concurrent_drains", Integer.toString(maxConcurrentDrains));
    settings.put("max_evictions_per_minute", Integer.toString(maxEvictionsPerMinute));
    settings.put(
        "max_unavailable_nodes",
        maxUnavailableNodes == null ? NO_LIMIT : maxUnavailableNodes.toString());
    settings.put("max_replicas", maxReplicas == null ? NO_LIMIT : maxReplicas.toString());
    settings.put(
        "freeze_schedules",
        freezeSchedules.isEmpty()
            ? "none"
            : freezeSchedules.stream()
                .map(FreezeSchedule::toString)
                .collect(Collectors.joining("; ")));
    return settings;
  }

  @Override
  public String toString() {
    return settings().toString();
  }

  private String actions() {
    return allowedActions.size() == ActionType.values().length
        ? "all"
        : list(
            Arrays.stream(ActionType.values())
                .filter(allowedActions::contains)
                .map(ActionType::wireName)
                .collect(Collectors.toSet()));
  }

  private static String list(Set<String> values) {
    return values.isEmpty() ? "none" : String.join(",", new TreeSet<>(values));
  }
}
