package com.mloptimizer.agent.core.kubernetes;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A label selector, equality-based or set-based, as {@code kubectl --selector} takes it: {@code
 * app=web,tier!=cache,env in (prod,staging),!canary}. All requirements must be met. As in
 * Kubernetes, {@code !=} and {@code notin} select what has no such label, too.
 *
 * @param requirements none select nothing
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/">Labels</a>
 */
public record LabelSelector(List<Requirement> requirements) {
  public LabelSelector {
    requirements = List.copyOf(requirements);
  }

  /** How a label is compared. */
  public enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST
  }

  /**
   * What one label has to be.
   *
   * @param values what it is compared with; none for the last two operators
   */
  public record Requirement(String key, Operator operator, Set<String> values) {
    public Requirement {
      values = Set.copyOf(values);
    }

    boolean isMetBy(Map<String, String> labels) {
      @Nullable String value = labels.get(key);
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
      };
    }

    @Override
    public String toString() {
      String list = values.stream().sorted().collect(Collectors.joining(","));
      return switch (operator) {
        case IN -> values.size() == 1 ? key + "=" + list : key + " in (" + list + ")";
        case NOT_IN -> values.size() == 1 ? key + "!=" + list : key + " notin (" + list + ")";
        case EXISTS -> key;
        case DOES_NOT_EXIST -> "!" + key;
      };
    }
  }

  /** Selects nothing. */
  public static LabelSelector nothing() {
    return new LabelSelector(List.of());
  }

  /**
   * Reads a selector strictly: every key and value must be one that Kubernetes accepts.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static LabelSelector parse(String text) {
    return new LabelSelector(new LabelSelectorParser(text).requirements());
  }

  /** Whether it selects nothing, whatever the labels. */
  public boolean isEmpty() {
    return requirements.isEmpty();
  }

  /** Whether it selects what has these labels. */
  public boolean selects(Map<String, String> labels) {
    return !requirements.isEmpty()
        && requirements.stream().allMatch(requirement -> requirement.isMetBy(labels));
  }

  @Override
  public String toString() {
    return requirements.stream().map(Requirement::toString).collect(Collectors.joining(","));
  }
}
