package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The forms in which a caller can have objects: as they are, as a table, or metadata only. */
final class Representation {
  private enum Form {
    OBJECT,
    TABLE,
    METADATA
  }

  private static final String META_GROUP = "meta.k8s.io/";

  private final Form form;
  private final String metaVersion;
  private final ResourceKind kind;
  private final String version;
  private final List<Column> columns;
  private final InstantSource clock;

  private Representation(
      Form form,
      String metaVersion,
      ResourceKind kind,
      String version,
      List<Column> columns,
      InstantSource clock) {
    this.form = form;
    this.metaVersion = metaVersion;
    this.kind = kind;
    this.version = version;
    this.columns = columns;
    this.clock = clock;
  }

  /** What the call's Accept header prefers of what there is. */
  static Representation of(
      ApiCall call,
      ResourceKind kind,
      String version,
      CustomResources custom,
      InstantSource clock) {
    String accepted =
        call.accepted().stream()
            .filter(type ->
                type.startsWith("application/json")
                    || type.startsWith("*/*")
                    || type.startsWith("application/*"))
            .findFirst()
            .orElse(call.accepted().isEmpty() ? "" : "none");
    if (accepted.equals("none")) {
      throw ApiFailure.of(
          406, "NotAcceptable", "only the following media types are accepted: application/json");
    }
    Form form =
        accepted.contains("as=Table")
            ? Form.TABLE
            : accepted.contains("as=PartialObjectMetadata") ? Form.METADATA : Form.OBJECT;
    String metaVersion = META_GROUP + (accepted.contains("v=v1beta1") ? "v1beta1" : "v1");
    return new Representation(form, metaVersion, kind, version, columns(kind, custom), clock);
  }

  private static List<Column> columns(ResourceKind kind, CustomResources custom) {
    if (!kind.has(Trait.CUSTOM) || custom.columns(kind).isEmpty()) {
      return Columns.of(kind.qualifiedName());
    }
    return custom.columns(kind).valueStream().map(Column::custom).toList();
  }

  /** One object, alone. */
  ObjectNode object(ObjectNode stored) {
    return switch (form) {
      case OBJECT -> Versions.fromStored(kind, version, stored);
      case TABLE -> table(List.of(stored), metadata(stored), true);
      case METADATA -> partial(stored);
    };
  }

  /** The object of a watch event; only the first table of a stream describes its columns. */
  ObjectNode event(ObjectNode stored, boolean first) {
    return form == Form.TABLE ? table(List.of(stored), metadata(stored), first) : object(stored);
  }

  /** A list of objects. */
  ObjectNode list(List<ObjectNode> items, ObjectNode listMetadata) {
    return switch (form) {
      case OBJECT -> {
        List<ObjectNode> shown = items.stream().map(this::item).toList();
        yield list(kind.listKind(), kind.apiVersion(version), listMetadata, shown);
      }
      case TABLE -> table(items, listMetadata, true);
      case METADATA ->
          list(
              "PartialObjectMetadataList",
              metaVersion,
              listMetadata,
              items.stream().map(this::partial).toList());
    };
  }

  private static ObjectNode list(
      String listKind, String apiVersion, ObjectNode metadata, List<ObjectNode> items) {
    ObjectNode list = Fields.newObject().put("kind", listKind).put("apiVersion", apiVersion);
    list.set("metadata", metadata);
    list.putArray("items").addAll(items);
    return list;
  }

  /** Items of built-in lists don't repeat their type. */
  private ObjectNode item(ObjectNode stored) {
    ObjectNode shown = Versions.fromStored(kind, version, stored);
    if (kind.has(Trait.CUSTOM)) {
      return shown;
    }
    ObjectNode item = Fields.newObject();
    item.setAll(shown);
    item.remove(List.of("kind", "apiVersion"));
    return item;
  }

  private static ObjectNode metadata(ObjectNode stored) {
    return Fields.newObject()
        .put("resourceVersion", Fields.text(stored, "metadata.resourceVersion"));
  }

  private ObjectNode partial(ObjectNode stored) {
    ObjectNode partial =
        Fields.newObject().put("kind", "PartialObjectMetadata").put("apiVersion", metaVersion);
    partial.set("metadata", stored.path("metadata"));
    return partial;
  }

  private ObjectNode table(List<ObjectNode> items, ObjectNode metadata, boolean described) {
    ObjectNode table = Fields.newObject().put("kind", "Table").put("apiVersion", metaVersion);
    table.set("metadata", metadata);
    List<ObjectNode> definitions = new ArrayList<>();
    if (described) {
      definitions.add(definition("Name", "string", "name", 0));
      columns.forEach(c -> definitions.add(definition(c.name(), c.type(), "", c.priority())));
      table.putArray("columnDefinitions").addAll(definitions);
    } else {
      table.putNull("columnDefinitions");
    }
    table.putArray("rows").addAll(items.stream().map(this::row).toList());
    return table;
  }

  private static ObjectNode definition(String name, String type, String format, int priority) {
    return Fields.newObject()
        .put("name", name)
        .put("type", type)
        .put("format", format)
        .put("description", "")
        .put("priority", priority);
  }

  private ObjectNode row(ObjectNode stored) {
    ObjectNode row = Fields.newObject();
    List<JsonNode> cells = new ArrayList<>();
    columns.forEach(column -> cells.add(column.cell().apply(stored, clock.instant())));
    row.putArray("cells").add(Fields.name(stored)).addAll(cells);
    row.set("object", partial(stored));
    return row;
  }
}
