package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure.Cause;
import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Creates, changes and deletes objects of any kind by the API server's rules. Thread-safe. */
public final class WriteVerbs {
  private final ObjectStore store;
  private final CustomResources custom;
  private final Deletion deletion;

  public WriteVerbs(ObjectStore store, CustomResources custom) {
    this.store = store;
    this.custom = custom;
    this.deletion = new Deletion(store);
  }

  /** Creates an object given in a served version; returns it as stored. */
  public ObjectNode create(
      ResourceKind kind, String version, String namespace, ObjectNode given, WriteMode mode) {
    requireType(kind, version, given);
    ObjectNode object = Versions.toStored(kind, version, given.deepCopy());
    placeIn(kind, namespace, object);
    nameIt(object);
    requireLiveNamespace(kind, object);
    Defaults.begin(kind, object);
    complete(kind, object);
    ObjectNode created = store.create(kind, object, mode);
    refreshDefinitions(kind, mode);
    return created;
  }

  private static void requireType(ResourceKind kind, String version, ObjectNode given) {
    String givenKind = Fields.text(given, "kind");
    String givenVersion = Fields.text(given, "apiVersion");
    if (!givenKind.isEmpty() && !givenKind.equals(kind.kind())) {
      throw ApiFailure.badRequest(
          "%s in version \"%s\" cannot be handled as a %s: the kind does not match the resource"
              .formatted(givenKind, version, kind.kind()));
    }
    if (!givenVersion.isEmpty() && !givenVersion.equals(kind.apiVersion(version))) {
      throw ApiFailure.badRequest(
          "the API version in the data (%s) does not match the expected API version (%s)"
              .formatted(givenVersion, kind.apiVersion(version)));
    }
  }

  private static void placeIn(ResourceKind kind, String namespace, ObjectNode object) {
    ObjectNode metadata = Fields.object(object, "metadata");
    if (!kind.namespaced()) {
      metadata.remove("namespace");
      return;
    }
    String given = Fields.text(metadata, "namespace");
    if (!given.isEmpty() && !given.equals(namespace)) {
      throw ApiFailure.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
    metadata.put("namespace", namespace);
  }

  private void nameIt(ObjectNode object) {
    ObjectNode metadata = Fields.object(object, "metadata");
    String prefix = Fields.text(metadata, "generateName");
    if (Fields.text(metadata, "name").isEmpty() && !prefix.isEmpty()) {
      metadata.put("name", prefix + store.seed().suffix(prefix + store.version(), 5));
    }
  }

  /** Nothing new enters a namespace that is missing or on its way out. */
  void requireLiveNamespace(ResourceKind kind, ObjectNode object) {
    if (!kind.namespaced()) {
      return;
    }
    String name = Fields.namespace(object);
    ObjectNode namespace = store.require(new ObjectKey(ResourceKinds.NAMESPACE, "", name));
    if (Fields.isDeleting(namespace)) {
      String why =
          "unable to create new content in namespace " + name + " because it is being terminated";
      Cause cause =
          new Cause(
              "NamespaceTerminating",
              "namespace " + name + " is being terminated",
              "metadata.namespace");
      throw ApiFailure.forbidden(kind, Fields.name(object), why).cause(cause);
    }
  }

  private void complete(ResourceKind kind, ObjectNode object) {
    Defaults.complete(kind, object);
    List<Cause> violations = new ArrayList<>();
    custom
        .schema(kind)
        .ifPresent(schema -> {
          schema.prune(object);
          violations.addAll(schema.violations(object));
        });
    Validation.require(kind, object, violations);
  }

  /**
   * Changes an object.
   *
   * @param version what the edit reads and writes
   * @param scope which part of the object the edit may change
   * @param edit gets a copy, returns what the caller wants
   */
  public ObjectNode update(
      ObjectKey key,
      String version,
      WriteScope scope,
      WriteMode mode,
      UnaryOperator<ObjectNode> edit) {
    ResourceKind kind = key.kind();
    ObjectNode updated =
        store.update(
            key,
            mode,
            before -> {
              ObjectNode original = before.deepCopy();
              ObjectNode shown = Versions.fromStored(kind, version, before);
              ObjectNode wanted = edit.apply(shown);
              requireType(kind, version, wanted);
              requireSameObject(key, original, wanted);
              ObjectNode stored = Versions.toStored(kind, version, wanted);
              ObjectNode after = scope.limit(kind, original, stored);
              keepServerMetadata(original, after);
              complete(kind, after);
              return after;
            });
    refreshDefinitions(kind, mode);
    return updated;
  }

  /** A whole object in place of the stored one. */
  ObjectNode replace(
      ObjectKey key, String version, WriteScope scope, WriteMode mode, ObjectNode body) {
    boolean unconditional = Fields.text(body, "metadata.resourceVersion").isEmpty();
    if (unconditional && key.kind().has(Trait.CUSTOM)) {
      Cause cause =
          new Cause(
              "FieldValueInvalid",
              "Invalid value: 0x0: must be specified for an update",
              "metadata.resourceVersion");
      throw ApiFailure.invalid(key.kind(), key.name(), List.of(cause));
    }
    return update(key, version, scope, mode, _ -> body.deepCopy());
  }

  private static void requireSameObject(ObjectKey key, ObjectNode before, ObjectNode wanted) {
    String name = Fields.name(wanted);
    if (!name.equals(key.name())) {
      throw ApiFailure.badRequest(
          "the name of the object (%s) does not match the name on the URL (%s)"
              .formatted(name, key.name()));
    }
    String uid = Fields.uid(wanted);
    if (!uid.isEmpty() && !uid.equals(Fields.uid(before))) {
      throw ApiFailure.conflict(
          key.kind(),
          key.name(),
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(uid, Fields.uid(before)));
    }
    String version = Fields.text(wanted, "metadata.resourceVersion");
    if (!version.isEmpty() && !version.equals(Fields.text(before, "metadata.resourceVersion"))) {
      throw ApiFailure.stale(key.kind(), key.name());
    }
  }

  private static void keepServerMetadata(ObjectNode before, ObjectNode after) {
    ObjectNode metadata = Fields.object(after, "metadata");
    for (String owned :
        List.of("namespace", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")) {
      metadata.remove(owned);
      before.path("metadata").optional(owned).ifPresent(value -> metadata.set(owned, value));
    }
    metadata.remove("managedFields");
    for (String map : List.of("labels", "annotations", "finalizers", "ownerReferences")) {
      if (metadata.path(map).isEmpty()) {
        metadata.remove(map);
      }
    }
  }

  /** Deletes an object; returns what the caller is told. */
  ObjectNode delete(ObjectKey key, Deletion.Options options) {
    ObjectNode deleted = deletion.delete(key, options);
    refreshDefinitions(key.kind(), options.mode());
    boolean stays = store.get(key).filter(Fields::isDeleting).isPresent();
    boolean shown = key.kind().equals(ResourceKinds.POD) || stays;
    return shown ? deleted : success(key, deleted);
  }

  /** Whether an answer of {@link #delete} is a Status and not an object. */
  static boolean isStatus(JsonNode answer) {
    return Fields.text(answer, "kind").equals("Status");
  }

  private static ObjectNode success(ObjectKey key, ObjectNode deleted) {
    ObjectNode status = Fields.newObject().put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    ObjectNode details =
        status.put("status", "Success").putObject("details").put("name", key.name());
    if (!key.kind().group().isEmpty()) {
      details.put("group", key.kind().group());
    }
    details.put("kind", key.kind().plural()).put("uid", Fields.uid(deleted));
    return status;
  }

  private void refreshDefinitions(ResourceKind kind, WriteMode mode) {
    if (kind.equals(ResourceKinds.DEFINITION) && mode == WriteMode.COMMIT) {
      custom.refresh();
    }
  }
}
