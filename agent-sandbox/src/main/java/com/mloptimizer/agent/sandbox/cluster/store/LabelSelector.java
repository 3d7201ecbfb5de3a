package com.mloptimizer.agent.sandbox.cluster.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A label selector, equality and set based; no requirement selects everything. */
public record LabelSelector(List<Requirement> requirements) {
  /** What one requirement asks of a label. */
  public enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    ABSENT
  }

  /** One requirement; values are empty for EXISTS and ABSENT. */
  public record Requirement(String key, Operator operator, Set<String> values) {
    boolean matches(JsonNode labels) {
      JsonNode value = labels.path(key);
      boolean present = value.isString();
      return switch (operator) {
        case IN -> present && values.contains(value.stringValue());
        case NOT_IN -> !present || !values.contains(value.stringValue());
        case EXISTS -> present;
        case ABSENT -> !present;
      };
    }
  }

  private static final String KEY = "[A-Za-z0-9][-A-Za-z0-9_./]*";
  private static final Pattern SET =
      Pattern.compile("\\s*(" + KEY + ")\\s+(in|notin)\\s*\\(([^()]*)\\)\\s*");
  private static final Pattern EQUALITY =
      Pattern.compile("\\s*(" + KEY + ")\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)\\s*");
  private static final Pattern EXISTENCE = Pattern.compile("\\s*(!?)\\s*(" + KEY + ")\\s*");

  public LabelSelector {
    requirements = List.copyOf(requirements);
  }

  /** Selects every object. */
  public static LabelSelector everything() {
    return new LabelSelector(List.of());
  }

  /** Parses the form of the {@code labelSelector} parameter, for example {@code a=b,c in (d,e)}. */
  public static LabelSelector parse(String text) {
    List<Requirement> requirements = new ArrayList<>();
    for (String part : parts(text)) {
      requirements.add(requirement(part));
    }
    return new LabelSelector(requirements);
  }

  /** Reads {@code matchLabels} and {@code matchExpressions}; an absent selector selects nothing. */
  public static LabelSelector of(JsonNode selector) {
    List<Requirement> requirements = new ArrayList<>();
    if (!selector.isObject()) {
      requirements.add(new Requirement("never", Operator.IN, Set.of()));
    }
    Fields.texts(selector.path("matchLabels"))
        .forEach(
            (key, value) -> requirements.add(new Requirement(key, Operator.IN, Set.of(value))));
    for (JsonNode expression : selector.path("matchExpressions")) {
      Set<String> values = new TreeSet<>();
      expression.path("values").forEach(value -> values.add(value.stringValue("")));
      Operator operator =
          switch (Fields.text(expression, "operator")) {
            case "In" -> Operator.IN;
            case "NotIn" -> Operator.NOT_IN;
            case "Exists" -> Operator.EXISTS;
            case "DoesNotExist" -> Operator.ABSENT;
            case String other ->
                throw ApiFailure.badRequest("not a valid selector operator: " + other);
          };
      requirements.add(new Requirement(Fields.text(expression, "key"), operator, values));
    }
    return new LabelSelector(requirements);
  }

  /** Whether an object's labels satisfy every requirement. */
  public boolean matches(JsonNode object) {
    JsonNode labels = Fields.labels(object);
    return requirements.stream().allMatch(requirement -> requirement.matches(labels));
  }

  /** Splits at commas outside parentheses. */
  private static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '(' -> depth++;
        case ')' -> depth--;
        case ',' -> {
          if (depth == 0) {
            parts.add(text.substring(from, i));
            from = i + 1;
          }
        }
        default -> {}
      }
    }
    if (!text.substring(from).isBlank() || !parts.isEmpty()) {
      parts.add(text.substring(from));
    }
    return parts;
  }

  private static Requirement requirement(String text) {
    Matcher set = SET.matcher(text);
    if (set.matches()) {
      Set<String> values = new TreeSet<>();
      parts(set.group(3)).forEach(value -> values.add(value.strip()));
      Operator operator = set.group(2).equals("in") ? Operator.IN : Operator.NOT_IN;
      return new Requirement(set.group(1), operator, values);
    }
    Matcher equality = EQUALITY.matcher(text);
    if (equality.matches()) {
      Operator operator = equality.group(2).equals("!=") ? Operator.NOT_IN : Operator.IN;
      return new Requirement(equality.group(1), operator, Set.of(equality.group(3)));
    }
    Matcher existence = EXISTENCE.matcher(text);
    if (existence.matches()) {
      Operator operator = existence.group(1).isEmpty() ? Operator.EXISTS : Operator.ABSENT;
      return new Requirement(existence.group(2), operator, Set.of());
    }
    throw ApiFailure.badRequest("unable to parse requirement: " + text.strip());
  }
}
