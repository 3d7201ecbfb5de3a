package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure.Cause;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The structural schema of a custom resource: prunes what it does not know, and checks types,
 * required fields, enums, lengths, counts, bounds and patterns.
 */
record StructuralSchema(JsonNode schema) {
  /** Removes unknown fields in place; metadata, kind and apiVersion are the server's own. */
  void prune(ObjectNode object) {
    for (String name : List.copyOf(object.propertyNames())) {
      if (!List.of("apiVersion", "kind", "metadata").contains(name)) {
        pruneField(object, name, schema);
      }
    }
  }

  private static void pruneField(ObjectNode object, String name, JsonNode schema) {
    JsonNode known = schema.path("properties").path(name);
    JsonNode additional = schema.path("additionalProperties");
    JsonNode applied = known.isMissingNode() && additional.isObject() ? additional : known;
    if (Fields.flag(schema, "x-kubernetes-preserve-unknown-fields") && known.isMissingNode()) {
      return;
    }
    if (applied.isMissingNode() && !additional.booleanValue(false)) {
      object.remove(name);
    } else {
      pruneValue(object.path(name), applied);
    }
  }

  private static void pruneValue(JsonNode value, JsonNode schema) {
    if (value instanceof ObjectNode nested) {
      List.copyOf(nested.propertyNames()).forEach(name -> pruneField(nested, name, schema));
    } else if (value.isArray()) {
      value.forEach(item -> pruneValue(item, schema.path("items")));
    }
  }

  /** Everything that is wrong with the object. */
  List<Cause> violations(ObjectNode object) {
    List<Cause> causes = new ArrayList<>();
    ObjectNode own = object.deepCopy();
    own.remove(List.of("apiVersion", "kind", "metadata"));
    check(own, schema, "", causes);
    return causes;
  }

  private static void check(JsonNode value, JsonNode schema, String path, List<Cause> causes) {
    String type = Fields.text(schema, "type");
    if (value.isNull() && Fields.flag(schema, "nullable")) {
      return;
    }
    if (!type.isEmpty() && !isOfType(value, type)) {
      String found = "\"" + typeOf(value) + "\"";
      causes.add(
          new Cause(
              "FieldValueTypeInvalid",
              "Invalid value: %s: %s in body must be of type %s: %s"
                  .formatted(found, path, type, found),
              path));
      return;
    }
    checkEnum(value, schema, path, causes);
    if (value.isObject()) {
      checkObject(value, schema, path, causes);
    } else if (value.isArray()) {
      checkArray(value, schema, path, causes);
    } else if (value.isString()) {
      checkText(value.stringValue(), schema, path, causes);
    } else if (value.isNumber()) {
      checkBounds(value, schema, path, causes);
    }
  }

  private static void checkObject(
      JsonNode value, JsonNode schema, String path, List<Cause> causes) {
    for (JsonNode required : schema.path("required")) {
      if (!value.has(required.stringValue(""))) {
        String field = child(path, required.stringValue(""));
        causes.add(new Cause("FieldValueRequired", "Required value", field));
      }
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      JsonNode known = schema.path("properties").path(entry.getKey());
      JsonNode applied = known.isMissingNode() ? schema.path("additionalProperties") : known;
      check(entry.getValue(), applied, child(path, entry.getKey()), causes);
    }
  }

  private static void checkArray(JsonNode value, JsonNode schema, String path, List<Cause> causes) {
    long most = Fields.number(schema, "maxItems", Long.MAX_VALUE);
    if (value.size() > most) {
      String text = "Too many: %d: must have at most %d items".formatted(value.size(), most);
      causes.add(new Cause("FieldValueTooMany", text, path));
    }
    for (int i = 0; i < value.size(); i++) {
      check(value.path(i), schema.path("items"), path + "[" + i + "]", causes);
    }
  }

  private static void checkText(String value, JsonNode schema, String path, List<Cause> causes) {
    long most = Fields.number(schema, "maxLength", Long.MAX_VALUE);
    if (value.codePointCount(0, value.length()) > most) {
      String text = "Too long: may not be more than " + most + " bytes";
      causes.add(new Cause("FieldValueTooLong", text, path));
    }
    String pattern = Fields.text(schema, "pattern");
    if (!pattern.isEmpty() && !Pattern.compile(pattern).matcher(value).find()) {
      causes.add(
          new Cause(
              "FieldValueInvalid",
              "Invalid value: \"%s\": %s in body should match '%s'".formatted(value, path, pattern),
              path));
    }
  }

  private static void checkBounds(
      JsonNode value, JsonNode schema, String path, List<Cause> causes) {
    JsonNode least = schema.path("minimum");
    JsonNode most = schema.path("maximum");
    if (least.isNumber() && value.decimalValue().compareTo(least.decimalValue()) < 0) {
      causes.add(outOfBounds(value, path, "greater than or equal to " + least));
    }
    if (most.isNumber() && value.decimalValue().compareTo(most.decimalValue()) > 0) {
      causes.add(outOfBounds(value, path, "less than or equal to " + most));
    }
  }

  private static Cause outOfBounds(JsonNode value, String path, String bound) {
    String text = "Invalid value: %s: %s in body should be %s".formatted(value, path, bound);
    return new Cause("FieldValueInvalid", text, path);
  }

  private static void checkEnum(JsonNode value, JsonNode schema, String path, List<Cause> causes) {
    JsonNode allowed = schema.path("enum");
    if (allowed.isArray() && allowed.valueStream().noneMatch(value::equals)) {
      String supported =
          allowed.valueStream().map(JsonNode::toString).collect(Collectors.joining(", "));
      causes.add(
          new Cause(
              "FieldValueNotSupported",
              "Unsupported value: %s: supported values: %s".formatted(value, supported),
              path));
    }
  }

  private static String child(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static boolean isOfType(JsonNode value, String type) {
    return type.equals(typeOf(value)) || (type.equals("number") && value.isNumber());
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case BOOLEAN -> "boolean";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      case NULL, MISSING, BINARY, POJO -> "null";
    };
  }
}
