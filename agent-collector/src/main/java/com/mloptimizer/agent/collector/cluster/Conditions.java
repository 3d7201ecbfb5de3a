package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import java.util.HashMap;
import java.util.Map;

/**
 * The conditions of an object's status.
 *
 * @param statuses {@code True}, {@code False} or {@code Unknown}, by the condition's type
 */
public record Conditions(Map<String, String> statuses) {

  static final Conditions NONE = new Conditions(Map.of());

  /** Reads the array at whose field the cursor stands. */
  static Conditions read(ObjectCursor field, Interner interner) {
    Map<String, String> statuses = new HashMap<>();
    for (Map.Entry<String, String> condition : field.objects(each -> readOne(each, interner))) {
      statuses.put(condition.getKey(), condition.getValue());
    }
    return new Conditions(interner.labels(statuses));
  }

  private static Map.Entry<String, String> readOne(ObjectCursor condition, Interner interner) {
    String type = "";
    String status = "Unknown";
    while (condition.next()) {
      switch (condition.field()) {
        case "type" -> type = interner.text(condition.text(""));
        case "status" -> status = interner.text(condition.text("Unknown"));
        default -> {}
      }
    }
    return Map.entry(type, status);
  }

  boolean isTrue(String type) {
    return "True".equals(statuses.get(type));
  }
}
