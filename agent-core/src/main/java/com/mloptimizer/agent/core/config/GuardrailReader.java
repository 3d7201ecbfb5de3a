package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns the guardrails' texts into a {@link GuardrailConfiguration}. */
final class GuardrailReader {
  private static final int MAX_DRAINS = 1000;
  private static final int MAX_EVICTIONS = 10_000;
  private static final int MAX_NODES = 100_000;
  private static final int MAX_REPLICAS = 1_000_000;

  private final ConfigurationSources sources;
  private final Consumer<String> problems;

  GuardrailReader(ConfigurationSources sources, Consumer<String> problems) {
    this.sources = sources;
    this.problems = problems;
  }

  GuardrailConfiguration read() {
    return new GuardrailConfiguration(
        allowedActions(),
        protectedNamespaces(),
        protectedSelector(),
        integer(Variable.MAX_CONCURRENT_DRAINS, MAX_DRAINS).orElse(1),
        integer(Variable.MAX_EVICTIONS_PER_MINUTE, MAX_EVICTIONS).orElse(1),
        maxUnavailableNodes(),
        maxReplicas(),
        sources.freezeSchedules());
  }

  private Set<ActionType> allowedActions() {
    List<String> known = Stream.of(ActionType.values()).map(ActionType::wireName).toList();
    List<String> names = list(Variable.ALLOWED_ACTIONS);
    if (names.size() == 1 && names.getFirst().equalsIgnoreCase("all")) {
      return EnumSet.allOf(ActionType.class);
    }
    Set<ActionType> allowed = EnumSet.noneOf(ActionType.class);
    for (String name : names) {
      ActionType.of(name.toLowerCase(Locale.ROOT))
          .ifPresentOrElse(
              allowed::add,
              () ->
                  problems.accept(
                      "ALLOWED_ACTIONS: '%s' is not a type of action%s"
                          .formatted(name, NearestName.hint(name, known))));
    }
    return allowed;
  }

  private Set<String> protectedNamespaces() {
    Set<String> namespaces = new LinkedHashSet<>();
    for (String name : list(Variable.PROTECTED_NAMESPACES)) {
      if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
        problems.accept("PROTECTED_NAMESPACES: '" + name + "' is not the name of a namespace");
      }
      namespaces.add(name);
    }
    return namespaces;
  }

  private LabelSelector protectedSelector() {
    Optional<String> text = sources.value(Variable.PROTECTED_SELECTOR);
    try {
      return text.map(LabelSelector::parse).orElseGet(LabelSelector::nothing);
    } catch (IllegalArgumentException e) {
      problems.accept(
          "PROTECTED_SELECTOR '%s' is not a label selector such as app=web,tier in (a,b),!canary: %s"
              .formatted(text.orElse(""), e.getMessage()));
      return LabelSelector.nothing();
    }
  }

  private @Nullable NodeLimit maxUnavailableNodes() {
    @Nullable String text = sources.value(Variable.MAX_UNAVAILABLE_NODES).orElse(null);
    if (text == null) {
      return null;
    }
    if (text.matches("(0|[1-9][0-9]?|100)%")) {
      return new NodeLimit.Percentage(Integer.parseInt(text.substring(0, text.length() - 1)));
    }
    if (text.matches("[0-9]{1,9}") && Integer.parseInt(text) <= MAX_NODES) {
      return new NodeLimit.Count(Integer.parseInt(text));
    }
    problems.accept(
        "MAX_UNAVAILABLE_NODES must be a whole number from 0 to %d, or from 0%% to 100%%, not '%s'"
            .formatted(MAX_NODES, text));
    return null;
  }

  private @Nullable Integer maxReplicas() {
    OptionalInt limit = integer(Variable.MAX_REPLICAS, MAX_REPLICAS);
    return limit.isPresent() ? limit.getAsInt() : null;
  }

  /** Between 1 and {@code max}; empty if there is none or, after a problem, no such number. */
  private OptionalInt integer(Variable variable, int max) {
    @Nullable String text = sources.value(variable).orElse(null);
    if (text == null) {
      return OptionalInt.empty();
    }
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= max) {
        return OptionalInt.of(number);
      }
    }
    problems.accept(
        "%s must be a whole number from 1 to %d, not '%s'".formatted(variable, max, text));
    return OptionalInt.empty();
  }

  /** Comma-separated; {@code none} is the empty list, since an empty value means the default. */
  private List<String> list(Variable variable) {
    String text = sources.value(variable).orElse("none");
    return text.equalsIgnoreCase("none")
        ? List.of()
        : Stream.of(text.split(",", -1)).map(String::strip).toList();
  }
}
