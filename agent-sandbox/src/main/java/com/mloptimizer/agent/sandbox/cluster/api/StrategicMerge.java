package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Strategic merge patch: lists with a merge key are merged by it, lists of a few primitives are
 * sets, every other list is atomic. Understands the directives {@code $patch}, {@code $retainKeys},
 * {@code $setElementOrder} and {@code $deleteFromPrimitiveList}.
 */
final class StrategicMerge {
  /** Merge keys of the built-in types, by field; they are the same wherever the field occurs. */
  private static final Map<String, String> MERGE_KEYS =
      Map.ofEntries(
          Map.entry("addresses", "type"),
          Map.entry("conditions", "type"),
          Map.entry("containers", "name"),
          Map.entry("env", "name"),
          Map.entry("ephemeralContainers", "name"),
          Map.entry("hostAliases", "ip"),
          Map.entry("imagePullSecrets", "name"),
          Map.entry("initContainers", "name"),
          Map.entry("ownerReferences", "uid"),
          Map.entry("podIPs", "ip"),
          Map.entry("resourceClaims", "name"),
          Map.entry("secrets", "name"),
          Map.entry("topologySpreadConstraints", "topologyKey"),
          Map.entry("volumeDevices", "devicePath"),
          Map.entry("volumeMounts", "mountPath"),
          Map.entry("volumes", "name"));

  private static final Set<String> CONTAINERS =
      Set.of("containers", "initContainers", "ephemeralContainers");
  private static final Set<String> PRIMITIVE_SETS = Set.of("finalizers", "podCIDRs");
  private static final String ORDER = "$setElementOrder/";
  private static final String DELETE_PRIMITIVE = "$deleteFromPrimitiveList/";

  private StrategicMerge() {}

  /** Applies the patch to a copy of the object. */
  static ObjectNode apply(ObjectNode object, ObjectNode patch) {
    return merge(object.deepCopy(), patch, "");
  }

  private static ObjectNode merge(ObjectNode target, ObjectNode patch, String parent) {
    if (Fields.text(patch, "$patch").equals("replace")) {
      return merge(Fields.newObject(), patch.deepCopy().without("$patch"), parent);
    }
    retainKeys(target, patch.path("$retainKeys"));
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      if (!entry.getKey().startsWith("$")) {
        mergeField(target, entry.getKey(), entry.getValue(), parent);
      }
    }
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      String key = entry.getKey();
      if (key.startsWith(DELETE_PRIMITIVE)) {
        deleteFrom(target, key.substring(DELETE_PRIMITIVE.length()), entry.getValue());
      } else if (key.startsWith(ORDER)) {
        order(target, key.substring(ORDER.length()), entry.getValue(), parent);
      }
    }
    return target;
  }

  private static void mergeField(ObjectNode target, String name, JsonNode value, String parent) {
    if (value.isNull() || Fields.text(value, "$patch").equals("delete")) {
      target.remove(name);
    } else if (value instanceof ObjectNode nested) {
      ObjectNode base =
          target.get(name) instanceof ObjectNode existing ? existing : Fields.newObject();
      target.set(name, merge(base, nested, name));
    } else if (value instanceof ArrayNode list) {
      ArrayNode base =
          target.get(name) instanceof ArrayNode existing ? existing : Fields.newArray();
      target.set(name, mergeList(base, list, name, parent));
    } else {
      target.set(name, value);
    }
  }

  private static Optional<String> mergeKey(String field, String parent) {
    if (field.equals("ports")) {
      return Optional.of(CONTAINERS.contains(parent) ? "containerPort" : "port");
    }
    return Optional.ofNullable(MERGE_KEYS.get(field));
  }

  private static ArrayNode mergeList(ArrayNode base, ArrayNode patch, String name, String parent) {
    Optional<String> key = mergeKey(name, parent);
    boolean replace = false;
    for (JsonNode item : patch) {
      replace |= item.size() == 1 && Fields.text(item, "$patch").equals("replace");
    }
    if (PRIMITIVE_SETS.contains(name)) {
      return union(base, patch);
    }
    if (key.isEmpty()) {
      return patch.deepCopy();
    }
    return mergeByKey(replace ? Fields.newArray() : base, patch, key.get(), name);
  }

  private static ArrayNode union(ArrayNode base, ArrayNode patch) {
    ArrayNode union = base.deepCopy();
    for (JsonNode item : patch) {
      if (union.valueStream().noneMatch(item::equals)) {
        union.add(item);
      }
    }
    return union;
  }

  private static ArrayNode mergeByKey(ArrayNode base, ArrayNode patch, String key, String name) {
    List<JsonNode> merged = new ArrayList<>(base.values());
    for (JsonNode item : patch) {
      int index = indexOf(merged, key, item.path(key));
      String directive = Fields.text(item, "$patch");
      if (directive.equals("replace") && item.size() == 1) {
        continue;
      }
      if (directive.equals("delete")) {
        if (index >= 0) {
          merged.remove(index);
        }
      } else if (item instanceof ObjectNode change) {
        ObjectNode current =
            index >= 0 && merged.get(index) instanceof ObjectNode existing
                ? existing
                : Fields.newObject();
        ObjectNode result = merge(current, change, name);
        if (index >= 0) {
          merged.set(index, result);
        } else {
          merged.add(result);
        }
      }
    }
    return Fields.newArray().addAll(merged);
  }

  private static int indexOf(List<JsonNode> items, String key, JsonNode value) {
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).path(key).equals(value)) {
        return i;
      }
    }
    return -1;
  }

  private static void retainKeys(ObjectNode target, JsonNode keys) {
    if (keys.isArray()) {
      Set<String> retained = Set.copyOf(keys.valueStream().map(k -> k.stringValue("")).toList());
      List<String> dropped =
          target.propertyNames().stream().filter(name -> !retained.contains(name)).toList();
      target.remove(dropped);
    }
  }

  private static void deleteFrom(ObjectNode target, String name, JsonNode values) {
    if (target.get(name) instanceof ArrayNode list) {
      list.removeIf(item -> values.valueStream().anyMatch(item::equals));
    }
  }

  private static void order(ObjectNode target, String name, JsonNode order, String parent) {
    if (!(target.get(name) instanceof ArrayNode list)) {
      return;
    }
    Optional<String> key = mergeKey(name, parent);
    List<JsonNode> wanted =
        order.valueStream().map(item -> key.map(item::path).orElse(item)).toList();
    List<JsonNode> sorted = new ArrayList<>(list.values());
    sorted.sort(
        Comparator.comparingInt(item -> {
          int index = wanted.indexOf(key.map(item::path).orElse(item));
          return index < 0 ? wanted.size() : index;
        }));
    target.set(name, Fields.newArray().addAll(sorted));
  }
}
