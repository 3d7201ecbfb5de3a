package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.Resources;
import com.mloptimizer.agent.core.kubernetes.Quantity;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Compares and changes requests and limits of one container. Pure. */
final class ContainerResources {
  private ContainerResources() {}

  /** Whether nothing is asked for. */
  static boolean isEmpty(@Nullable Resources wanted) {
    return wanted == null || (isEmpty(wanted.requests()) && isEmpty(wanted.limits()));
  }

  private static boolean isEmpty(@Nullable Map<String, @Nullable String> side) {
    return side == null || side.isEmpty();
  }

  /** What of the wanted resources differs, as a patch of {@code resources}; null removes. */
  static ObjectNode difference(JsonNode resources, Resources wanted) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    difference(resources.path("requests"), wanted.requests())
        .ifPresent(side -> patch.set("requests", side));
    difference(resources.path("limits"), wanted.limits())
        .ifPresent(side -> patch.set("limits", side));
    return patch;
  }

  private static Optional<ObjectNode> difference(
      JsonNode side, @Nullable Map<String, @Nullable String> wanted) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    if (wanted != null) {
      wanted.forEach((name, value) -> {
        boolean differs = value == null ? side.has(name) : !isSame(side.path(name), value);
        if (differs) {
          patch.put(name, value);
        }
      });
    }
    return patch.isEmpty() ? Optional.empty() : Optional.of(patch);
  }

  /** The present values of what a patch would change; null where there is none. */
  static ObjectNode before(JsonNode resources, ObjectNode patch) {
    ObjectNode before = JsonNodeFactory.instance.objectNode();
    for (var side : patch.properties()) {
      ObjectNode values = before.putObject(side.getKey());
      for (String name : side.getValue().propertyNames()) {
        JsonNode value = resources.path(side.getKey()).path(name);
        values.put(name, value.isMissingNode() ? null : value.asString(""));
      }
    }
    return before;
  }

  /** The resources after a patch. */
  static ObjectNode patched(JsonNode resources, ObjectNode patch) {
    ObjectNode after =
        resources instanceof ObjectNode present
            ? present.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    for (var side : patch.properties()) {
      ObjectNode values =
          after.path(side.getKey()) instanceof ObjectNode present
              ? present
              : after.putObject(side.getKey());
      for (var value : side.getValue().properties()) {
        if (value.getValue().isNull()) {
          values.remove(value.getKey());
        } else {
          values.set(value.getKey(), value.getValue());
        }
      }
    }
    return after;
  }

  /** Whether these resources, of a spec or a status, have all that is wanted. */
  static boolean matches(JsonNode resources, Resources wanted) {
    return difference(resources, wanted).isEmpty();
  }

  /** {@code 1000m} is {@code 1}. */
  private static boolean isSame(JsonNode present, String wanted) {
    String text = present.asString("");
    Optional<Quantity> one = Quantity.parse(text);
    Optional<Quantity> other = Quantity.parse(wanted);
    return (one.isPresent() && other.isPresent())
        ? one.get().value().compareTo(other.get().value()) == 0
        : text.equals(wanted);
  }
}
