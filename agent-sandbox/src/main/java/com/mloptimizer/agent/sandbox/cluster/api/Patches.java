package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns a patch body of one of the three forms into an edit. */
final class Patches {
  private static final String JSON_PATCH = "application/json-patch+json";
  private static final String MERGE_PATCH = "application/merge-patch+json";
  private static final String STRATEGIC_PATCH = "application/strategic-merge-patch+json";

  private Patches() {}

  /** The edit that a patch asks for; it returns a patched copy. */
  static UnaryOperator<ObjectNode> edit(ResourceKind kind, String contentType, JsonNode patch) {
    boolean strategic = !kind.has(Trait.CUSTOM);
    if (contentType.equals(JSON_PATCH)) {
      return object -> JsonPatch.apply(object, patch);
    } else if (contentType.equals(MERGE_PATCH)) {
      ObjectNode change = requireObject(patch);
      return object -> merge(object.deepCopy(), change);
    } else if (contentType.equals(STRATEGIC_PATCH) && strategic) {
      ObjectNode change = requireObject(patch);
      return object -> StrategicMerge.apply(object, change);
    }
    throw ApiFailure.unsupportedMediaType(
        JSON_PATCH + ", " + MERGE_PATCH + (strategic ? ", " + STRATEGIC_PATCH : ""));
  }

  private static ObjectNode requireObject(JsonNode patch) {
    if (patch instanceof ObjectNode object) {
      return object;
    }
    throw ApiFailure.badRequest("error decoding patch: a merge patch is an object");
  }

  /** JSON merge patch, RFC 7386, in place. */
  static ObjectNode merge(ObjectNode target, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      String name = entry.getKey();
      if (entry.getValue().isNull()) {
        target.remove(name);
      } else if (entry.getValue() instanceof ObjectNode nested) {
        ObjectNode base =
            target.get(name) instanceof ObjectNode existing ? existing : Fields.newObject();
        target.set(name, merge(base, nested));
      } else {
        target.set(name, entry.getValue());
      }
    }
    return target;
  }
}
