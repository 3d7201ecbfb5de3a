package com.mloptimizer.agent.sandbox.cluster.store;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes fields of JSON objects by a dotted path; a field that is absent has a value. */
public final class Fields {
  private Fields() {}

  /** The node at a path such as {@code metadata.name}, a missing node if there is none. */
  public static JsonNode at(JsonNode node, String path) {
    JsonNode current = node;
    int from = 0;
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', from)) {
      current = current.path(path.substring(from, dot));
      from = dot + 1;
    }
    return current.path(path.substring(from));
  }

  /** The text at the path, empty if there is none. */
  public static String text(JsonNode node, String path) {
    return at(node, path).stringValue("");
  }

  /** The whole number at the path, or the fallback. */
  public static long number(JsonNode node, String path, long fallback) {
    JsonNode found = at(node, path);
    return found.isIntegralNumber() ? found.longValue() : fallback;
  }

  /** The whole number at the path as an int, or the fallback. */
  public static int count(JsonNode node, String path, int fallback) {
    return Math.toIntExact(number(node, path, fallback));
  }

  /** Whether the boolean at the path is true. */
  public static boolean flag(JsonNode node, String path) {
    return at(node, path).booleanValue(false);
  }

  /** The instant at the path, if it is one. */
  public static Optional<Instant> time(JsonNode node, String path) {
    String text = text(node, path);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** An instant as Kubernetes writes it: RFC 3339, whole seconds, UTC. */
  public static String timestamp(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The object at the path, created together with its parents if it is absent. */
  public static ObjectNode object(ObjectNode node, String path) {
    ObjectNode current = node;
    int from = 0;
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', from)) {
      current = child(current, path.substring(from, dot));
      from = dot + 1;
    }
    return child(current, path.substring(from));
  }

  private static ObjectNode child(ObjectNode node, String name) {
    return node.get(name) instanceof ObjectNode existing ? existing : node.putObject(name);
  }

  /** The array at the path, created if it is absent. */
  public static ArrayNode array(ObjectNode node, String path) {
    int dot = path.lastIndexOf('.');
    ObjectNode parent = dot < 0 ? node : object(node, path.substring(0, dot));
    String name = path.substring(dot + 1);
    return parent.get(name) instanceof ArrayNode existing ? existing : parent.putArray(name);
  }

  /** The texts of an object such as labels, in their order. */
  public static Map<String, String> texts(JsonNode node) {
    Map<String, String> texts = new LinkedHashMap<>();
    node.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asString("")));
    return texts;
  }

  /** An empty object. */
  public static ObjectNode newObject() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** An empty array. */
  public static ArrayNode newArray() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** {@code metadata.name}. */
  public static String name(JsonNode object) {
    return text(object, "metadata.name");
  }

  /** {@code metadata.namespace}, empty for cluster scoped objects. */
  public static String namespace(JsonNode object) {
    return text(object, "metadata.namespace");
  }

  /** {@code metadata.uid}. */
  public static String uid(JsonNode object) {
    return text(object, "metadata.uid");
  }

  /** {@code metadata.labels}. */
  public static JsonNode labels(JsonNode object) {
    return at(object, "metadata.labels");
  }

  /** One annotation's value, empty if it is absent. */
  public static String annotation(JsonNode object, String key) {
    return at(object, "metadata.annotations").path(key).stringValue("");
  }

  /** Whether the object is on its way out. */
  public static boolean isDeleting(JsonNode object) {
    return at(object, "metadata").has("deletionTimestamp");
  }
}
