package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.databind.node.ValueNode;

/**
 * One column of a kind's table.
 *
 * @param priority 0 is always shown, 1 with {@code -o wide}
 */
record Column(
    String name, String type, int priority, BiFunction<JsonNode, Instant, JsonNode> cell) {
  private static final String NONE = "<none>";

  static Column text(String name, String path) {
    return text(name, object -> orNone(Fields.text(object, path)));
  }

  static Column text(String name, Function<JsonNode, String> value) {
    return new Column(name, "string", 0, (object, now) -> StringNode.valueOf(value.apply(object)));
  }

  static Column count(String name, String path) {
    return new Column(
        name, "integer", 0, (object, now) -> LongNode.valueOf(Fields.number(object, path, 0)));
  }

  static Column age(String name, String path) {
    return new Column(
        name, "string", 0, (object, now) -> StringNode.valueOf(Age.since(object, path, now)));
  }

  /** A column of {@code additionalPrinterColumns}. */
  static Column custom(JsonNode definition) {
    String type = Fields.text(definition, "type");
    String path = Fields.text(definition, "jsonPath").substring(1);
    String name = Fields.text(definition, "name");
    int priority = Fields.count(definition, "priority", 0);
    return new Column(
        name, type, priority, (object, now) -> customCell(Fields.at(object, path), type, now));
  }

  private static JsonNode customCell(JsonNode value, String type, Instant now) {
    if (value.isMissingNode() || value.isNull()) {
      return NullNode.getInstance();
    }
    if (type.equals("date")) {
      JsonNode holder = Fields.newObject().set("at", value);
      return StringNode.valueOf(Age.since(holder, "at", now));
    }
    return value instanceof ValueNode ? value : StringNode.valueOf(value.toString());
  }

  Column wide() {
    return new Column(name, type, 1, cell);
  }

  static String orNone(String text) {
    return text.isEmpty() ? NONE : text;
  }
}
