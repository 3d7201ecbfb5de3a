package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.time.Instant;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Conditions in an object's status. */
final class Conditions {
  private Conditions() {}

  static JsonNode find(JsonNode object, String type) {
    return Fields.at(object, "status.conditions")
        .valueStream()
        .filter(condition -> Fields.text(condition, "type").equals(type))
        .findFirst()
        .orElseGet(Fields::newObject);
  }

  static boolean isTrue(JsonNode object, String type) {
    return Fields.text(find(object, type), "status").equals("True");
  }

  /** Sets a condition; its transition time moves only when its status changes. */
  static ObjectNode set(
      ObjectNode object, String type, boolean value, String reason, String message, Instant now) {
    ArrayNode conditions = Fields.array(object, "status.conditions");
    String status = value ? "True" : "False";
    JsonNode known = find(object, type);
    ObjectNode condition =
        known.isEmpty() || !(known instanceof ObjectNode existing)
            ? conditions.addObject().put("type", type)
            : existing;
    if (!Fields.text(condition, "status").equals(status)) {
      condition.put("status", status).put("lastTransitionTime", Fields.timestamp(now));
    }
    text(condition, "reason", reason);
    text(condition, "message", message);
    return condition;
  }

  private static void text(ObjectNode condition, String field, String value) {
    if (value.isEmpty()) {
      condition.remove(field);
    } else {
      condition.put(field, value);
    }
  }
}
