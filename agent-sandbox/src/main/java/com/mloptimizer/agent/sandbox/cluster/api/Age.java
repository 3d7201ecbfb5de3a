package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/** Ages as tables show them: {@code 5m12s}, {@code 3h}, {@code 12d}. */
final class Age {
  private Age() {}

  /** The time since the instant at the path. */
  static String since(JsonNode object, String path, Instant now) {
    return Fields.time(object, path)
        .map(then -> of(Duration.between(then, now)))
        .orElse("<unknown>");
  }

  static String of(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    long minutes = seconds / 60;
    long hours = minutes / 60;
    long days = hours / 24;
    if (seconds < 120) {
      return seconds + "s";
    } else if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    } else if (minutes < 180) {
      return minutes + "m";
    } else if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    } else if (hours < 48) {
      return hours + "h";
    } else if (days < 8) {
      return two(days, "d", hours % 24, "h");
    } else if (days < 730) {
      return days + "d";
    }
    return two(days / 365, "y", days % 365, "d");
  }

  private static String two(long large, String largeUnit, long small, String smallUnit) {
    return small == 0 ? large + largeUnit : large + largeUnit + small + smallUnit;
  }
}
