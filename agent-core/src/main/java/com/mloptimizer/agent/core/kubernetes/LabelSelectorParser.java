package com.mloptimizer.agent.core.kubernetes;

import com.mloptimizer.agent.core.kubernetes.LabelSelector.Operator;
import com.mloptimizer.agent.core.kubernetes.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one selector from left to right. */
final class LabelSelectorParser {
  private static final String NAME = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
  private static final String PREFIX_PART = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
  private static final Pattern KEY =
      Pattern.compile("(" + PREFIX_PART + "(\\." + PREFIX_PART + ")*/)?" + NAME);
  private static final Pattern VALUE = Pattern.compile("(" + NAME + ")?");
  private static final int MAX_PREFIX = 253;

  private static final Pattern SPACE = Pattern.compile("\\s*");

  /** What ends a key or a value. */
  private static final Pattern WORD = Pattern.compile("[^\\s,=!()<>]*");

  private static final Pattern COMPARISON = Pattern.compile("==|=|!=");

  private final String text;
  private int position;

  LabelSelectorParser(String text) {
    this.text = text;
  }

  List<Requirement> requirements() {
    List<Requirement> requirements = new ArrayList<>();
    do {
      requirements.add(requirement());
    } while (skip(","));
    if (position < text.length()) {
      throw unexpected();
    }
    return requirements;
  }

  private Requirement requirement() {
    if (skip("!")) {
      return new Requirement(key(), Operator.DOES_NOT_EXIST, Set.of());
    }
    String key = key();
    String comparison = match(COMPARISON);
    if (!comparison.isEmpty()) {
      Operator operator = comparison.equals("!=") ? Operator.NOT_IN : Operator.IN;
      return new Requirement(key, operator, Set.of(value()));
    }
    return switch (match(WORD)) {
      case "" -> new Requirement(key, Operator.EXISTS, Set.of());
      case "in" -> new Requirement(key, Operator.IN, values());
      case "notin" -> new Requirement(key, Operator.NOT_IN, values());
      default -> throw unexpected();
    };
  }

  private Set<String> values() {
    if (!skip("(")) {
      throw new IllegalArgumentException("expected '(' at character " + (position + 1));
    }
    Set<String> values = new LinkedHashSet<>();
    do {
      values.add(value());
    } while (skip(","));
    if (!skip(")")) {
      throw new IllegalArgumentException("expected ',' or ')' at character " + (position + 1));
    }
    if (values.equals(Set.of(""))) {
      throw new IllegalArgumentException("a set has no values");
    }
    return values;
  }

  private String key() {
    String key = match(WORD);
    if (!KEY.matcher(key).matches() || key.indexOf('/') > MAX_PREFIX) {
      throw new IllegalArgumentException("'" + key + "' is not a label's key");
    }
    return key;
  }

  private String value() {
    String value = match(WORD);
    if (!VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException("'" + value + "' is not a label's value");
    }
    return value;
  }

  private boolean skip(String symbol) {
    match(SPACE);
    boolean found = text.startsWith(symbol, position);
    if (found) {
      position += symbol.length();
    }
    return found;
  }

  /** What the pattern matches here, past the white space; empty if nothing. */
  private String match(Pattern pattern) {
    Matcher matcher = pattern.matcher(text);
    if (pattern != SPACE) {
      match(SPACE);
    }
    if (!matcher.region(position, text.length()).lookingAt()) {
      return "";
    }
    position = matcher.end();
    return matcher.group();
  }

  private IllegalArgumentException unexpected() {
    String rest = text.substring(Math.min(position, text.length()));
    return new IllegalArgumentException(
        rest.isEmpty() ? "it ends too early" : "cannot read '" + rest + "'");
  }
}
