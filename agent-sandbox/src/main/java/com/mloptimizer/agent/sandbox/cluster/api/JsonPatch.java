package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON patch, RFC 6902: all operations apply, or none does. */
final class JsonPatch {
  private JsonPatch() {}

  /** Applies the patch to a copy of the object. */
  static ObjectNode apply(ObjectNode object, JsonNode patch) {
    if (!patch.isArray()) {
      throw ApiFailure.badRequest("error decoding patch: a JSON patch is an array of operations");
    }
    ObjectNode root = object.deepCopy();
    for (JsonNode operation : patch) {
      run(root, operation);
    }
    return root;
  }

  private static void run(ObjectNode root, JsonNode operation) {
    JsonPointer path = pointer(operation, "path");
    switch (Fields.text(operation, "op")) {
      case "add" -> add(root, path, value(operation));
      case "remove" -> remove(root, path);
      case "replace" -> {
        existing(root, path);
        replace(root, path, value(operation));
      }
      case "move" -> {
        JsonPointer from = pointer(operation, "from");
        JsonNode moved = existing(root, from).deepCopy();
        remove(root, from);
        add(root, path, moved);
      }
      case "copy" -> add(root, path, existing(root, pointer(operation, "from")).deepCopy());
      case "test" -> {
        JsonNode found = root.at(path);
        JsonNode expected = operation.path("value");
        boolean bothAbsent = expected.isNull() && found.isMissingNode();
        if (!bothAbsent && !found.equals(expected)) {
          throw rejected("testing value " + path + " failed");
        }
      }
      case String other -> throw rejected("unexpected operation: " + other);
    }
  }

  private static JsonNode value(JsonNode operation) {
    if (!operation.has("value")) {
      throw rejected("an operation has no value");
    }
    return operation.path("value").deepCopy();
  }

  private static JsonPointer pointer(JsonNode operation, String field) {
    String text = Fields.text(operation, field);
    if (!text.startsWith("/")) {
      throw rejected(field + " must be a JSON pointer: " + text);
    }
    return JsonPointer.compile(text);
  }

  private static JsonNode existing(ObjectNode root, JsonPointer path) {
    JsonNode found = root.at(path);
    if (found.isMissingNode()) {
      throw rejected("doc is missing path: " + path);
    }
    return found;
  }

  private static void add(ObjectNode root, JsonPointer path, JsonNode value) {
    String last = path.last().getMatchingProperty();
    switch (existing(root, path.head())) {
      case ObjectNode parent -> parent.set(last, value);
      case ArrayNode list when last.equals("-") -> list.add(value);
      case ArrayNode list -> list.insert(index(path, list.size()), value);
      default -> throw rejected("cannot add at " + path);
    }
  }

  private static void replace(ObjectNode root, JsonPointer path, JsonNode value) {
    switch (existing(root, path.head())) {
      case ObjectNode parent -> parent.set(path.last().getMatchingProperty(), value);
      case ArrayNode list -> list.set(index(path, list.size() - 1), value);
      default -> throw rejected("cannot replace at " + path);
    }
  }

  private static void remove(ObjectNode root, JsonPointer path) {
    existing(root, path);
    switch (existing(root, path.head())) {
      case ObjectNode parent -> parent.remove(path.last().getMatchingProperty());
      case ArrayNode list -> list.remove(index(path, list.size() - 1));
      default -> throw rejected("cannot remove " + path);
    }
  }

  private static int index(JsonPointer path, int most) {
    int index = path.last().getMatchingIndex();
    if (index < 0 || index > most) {
      throw rejected("index out of bounds: " + path);
    }
    return index;
  }

  private static ApiFailure rejected(String why) {
    return ApiFailure.of(
        422, "Invalid", "the server rejected our request due to an error in our request: " + why);
  }
}
