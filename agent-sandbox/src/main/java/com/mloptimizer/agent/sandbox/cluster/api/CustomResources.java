package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Serves the kinds that CustomResourceDefinitions define. Thread-safe. */
public final class CustomResources {
  private final ObjectStore store;
  private final ResourceKinds kinds;
  private volatile Map<String, JsonNode> versions = Map.of();

  public CustomResources(ObjectStore store, ResourceKinds kinds) {
    this.store = store;
    this.kinds = kinds;
  }

  /** Reads the definitions again, after one of them changed. */
  synchronized void refresh() {
    List<ResourceKind> served = new ArrayList<>();
    Map<String, JsonNode> byVersion = new HashMap<>();
    for (ObjectNode definition : store.list(ResourceKinds.DEFINITION)) {
      if (Fields.isDeleting(definition)) {
        continue;
      }
      ResourceKind kind = kind(definition);
      served.add(kind);
      for (JsonNode version : Fields.at(definition, "spec.versions")) {
        byVersion.put(address(kind, Fields.text(version, "name")), version);
      }
    }
    dropOrphans(served);
    versions = Map.copyOf(byVersion);
    kinds.serveCustom(served);
  }

  /** The objects of a kind go with its definition. */
  private void dropOrphans(List<ResourceKind> served) {
    Set<String> names = Set.copyOf(served.stream().map(ResourceKind::qualifiedName).toList());
    kinds
        .all()
        .filter(kind -> kind.has(Trait.CUSTOM) && !names.contains(kind.qualifiedName()))
        .forEach(
            kind -> store.list(kind).forEach(object -> store.remove(ObjectKey.of(kind, object))));
  }

  private static ResourceKind kind(JsonNode definition) {
    JsonNode names = Fields.at(definition, "spec.names");
    List<String> versions = new ArrayList<>();
    EnumSet<Trait> traits = EnumSet.of(Trait.CUSTOM, Trait.GENERATION);
    for (JsonNode version : Fields.at(definition, "spec.versions")) {
      if (Fields.flag(version, "served")) {
        int at = Fields.flag(version, "storage") ? 0 : versions.size();
        versions.add(at, Fields.text(version, "name"));
      }
      if (Fields.at(version, "subresources").has("status")) {
        traits.add(Trait.STATUS);
      }
    }
    return new ResourceKind(
        Fields.text(definition, "spec.group"),
        versions,
        Fields.text(names, "kind"),
        names.path("listKind").stringValue(Fields.text(names, "kind") + "List"),
        Fields.text(names, "plural"),
        Fields.text(names, "singular"),
        Fields.text(definition, "spec.scope").equals("Namespaced"),
        names.path("shortNames").valueStream().map(n -> n.stringValue("")).toList(),
        names.path("categories").valueStream().map(n -> n.stringValue("")).toList(),
        traits);
  }

  private static String address(ResourceKind kind, String version) {
    return kind.qualifiedName() + "/" + version;
  }

  /** The schema of a custom kind, empty for a built-in one. */
  Optional<StructuralSchema> schema(ResourceKind kind) {
    return Optional.ofNullable(versions.get(address(kind, kind.versions().getFirst())))
        .map(version -> new StructuralSchema(Fields.at(version, "schema.openAPIV3Schema")));
  }

  /** {@code additionalPrinterColumns}, empty for a built-in kind. */
  JsonNode columns(ResourceKind kind) {
    JsonNode version = versions.get(address(kind, kind.versions().getFirst()));
    return version == null ? Fields.newArray() : version.path("additionalPrinterColumns");
  }
}
