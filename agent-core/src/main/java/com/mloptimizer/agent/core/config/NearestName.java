package com.mloptimizer.agent.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody probably meant. */
final class NearestName {
  private static final int MAX_DISTANCE = 3;

  /** So many characters must be right for each that is wrong, if there is to be no doubt. */
  private static final int CHARACTERS_PER_EDIT = 8;

  private NearestName() {}

  /** The name that is at most three edits away, if there is one. */
  static Optional<String> of(String word, Collection<String> names) {
    return names.stream()
        .filter(name -> distance(word, name) <= MAX_DISTANCE)
        .min(Comparator.comparingInt(name -> distance(word, name)));
  }

  /** The name that was meant beyond doubt: one edit away for every eight characters, or closer. */
  static Optional<String> surely(String word, Collection<String> names) {
    return of(word, names)
        .filter(near -> word.length() >= CHARACTERS_PER_EDIT)
        .filter(near -> distance(word, near) <= word.length() / CHARACTERS_PER_EDIT);
  }

  /** A question to append to a complaint about an unknown name; empty if nothing is near. */
  static String hint(String word, Collection<String> names) {
    return of(word, names).map(near -> "; did you mean " + near + "?").orElse("");
  }

  /** Levenshtein's distance, ignoring case. */
  private static int distance(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
