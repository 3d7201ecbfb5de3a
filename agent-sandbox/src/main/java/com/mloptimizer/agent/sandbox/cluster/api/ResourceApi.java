package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.simulation.Budgets;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** The generic verbs over HTTP: reads what a call asks for and hands it to the right class. */
final class ResourceApi {
  private static final String BODY_TYPES = "application/json";

  private final ObjectStore store;
  private final ResourceKinds kinds;
  private final CustomResources custom;
  private final Access access;
  private final RequestBodies bodies;
  private final ReadVerbs reads;
  private final WriteVerbs writes;
  private final WatchVerb watches;
  private final EvictionSubresource evictions;
  private final ScaleSubresource scales;

  ResourceApi(
      ObjectStore store,
      ResourceKinds kinds,
      CustomResources custom,
      Access access,
      RequestBodies bodies,
      ReadVerbs reads,
      WriteVerbs writes,
      WatchVerb watches) {
    this.store = store;
    this.kinds = kinds;
    this.custom = custom;
    this.access = access;
    this.bodies = bodies;
    this.reads = reads;
    this.writes = writes;
    this.watches = watches;
    this.evictions = new EvictionSubresource(store, writes, new Budgets(store));
    this.scales = new ScaleSubresource(store, writes);
  }

  void serve(ApiCall call, ResourcePath path) throws IOException, InterruptedException {
    boolean watch = call.isSet("watch");
    access.require(path, path.verb(call.method(), watch));
    ResourceKind kind =
        kinds
            .find(path.group(), path.version(), path.plural())
            .orElseThrow(ApiFailure::unknownResource);
    if (!kind.namespaced() && !path.namespace().isEmpty()) {
      throw ApiFailure.unknownResource();
    }
    if (!hasSubresource(kind, path.subresource())) {
      throw ApiFailure.unknownResource();
    }
    switch (path.subresource()) {
      case "status" -> serveObject(call, path, kind, WriteScope.STATUS);
      case "resize" -> serveObject(call, path, kind, WriteScope.RESIZE);
      case "scale" -> serveScale(call, path, kind);
      case "eviction" -> serveEviction(call, path);
      default -> serveMain(call, path, kind, watch);
    }
  }

  private static boolean hasSubresource(ResourceKind kind, String subresource) {
    return switch (subresource) {
      case "" -> true;
      case "status" -> kind.has(Trait.STATUS);
      case "scale" -> kind.has(Trait.SCALE);
      case "resize", "eviction" -> kind.equals(ResourceKinds.POD);
      default -> false;
    };
  }

  private void serveMain(ApiCall call, ResourcePath path, ResourceKind kind, boolean watch)
      throws IOException, InterruptedException {
    if (!path.name().isEmpty()) {
      serveObject(call, path, kind, WriteScope.MAIN);
      return;
    }
    Representation form = form(call, path, kind);
    switch (call.method()) {
      case "GET" -> {
        if (watch) {
          watches.serve(call, kind, path.namespace(), form);
        } else {
          call.answer(200, reads.list(call, kind, path.namespace(), form));
        }
      }
      case "POST" -> {
        requirePlace(kind, path);
        requireJson(call);
        ObjectNode body = bodies.object(call, kind.kind());
        ObjectNode created =
            writes.create(kind, path.version(), path.namespace(), body, call.writeMode());
        call.answer(201, form.object(created));
      }
      case "DELETE" -> call.answer(200, deleteCollection(call, path, kind));
      default -> throw ApiFailure.methodNotAllowed();
    }
  }

  private static void requirePlace(ResourceKind kind, ResourcePath path) {
    if (kind.namespaced() && path.namespace().isEmpty()) {
      throw ApiFailure.methodNotAllowed();
    }
  }

  private Representation form(ApiCall call, ResourcePath path, ResourceKind kind) {
    return Representation.of(call, kind, path.version(), custom, store::now);
  }

  private void serveObject(ApiCall call, ResourcePath path, ResourceKind kind, WriteScope scope)
      throws IOException, InterruptedException {
    requirePlace(kind, path);
    ObjectKey key = new ObjectKey(kind, path.namespace(), path.name());
    Representation form = form(call, path, kind);
    switch (call.method()) {
      case "GET" -> {
        if (call.isSet("watch")) {
          throw ApiFailure.badRequest("watch one object by a field selector on its collection");
        }
        call.answer(200, reads.get(kind, path, form));
      }
      case "PUT" -> {
        requireJson(call);
        ObjectNode body = bodies.object(call, kind.kind());
        call.answer(
            200, form.object(writes.replace(key, path.version(), scope, call.writeMode(), body)));
      }
      case "PATCH" -> {
        UnaryOperator<ObjectNode> edit = Patches.edit(kind, call.contentType(), bodies.json(call));
        call.answer(
            200, form.object(writes.update(key, path.version(), scope, call.writeMode(), edit)));
      }
      case "DELETE" -> {
        if (scope != WriteScope.MAIN) {
          throw ApiFailure.methodNotAllowed();
        }
        ObjectNode answer = writes.delete(key, deleteOptions(call));
        call.answer(200, WriteVerbs.isStatus(answer) ? answer : form.object(answer));
      }
      default -> throw ApiFailure.methodNotAllowed();
    }
  }

  private Deletion.Options deleteOptions(ApiCall call) throws IOException {
    ObjectNode body = bodies.optionalObject(call);
    if (!call.query("gracePeriodSeconds").isEmpty()) {
      body.put("gracePeriodSeconds", call.number("gracePeriodSeconds"));
    }
    if (!call.query("propagationPolicy").isEmpty()) {
      body.put("propagationPolicy", call.query("propagationPolicy"));
    }
    boolean dry = body.path("dryRun").valueStream().anyMatch(v -> v.asString("").equals("All"));
    return Deletion.Options.of(body, dry ? ObjectStore.WriteMode.DRY_RUN : call.writeMode());
  }

  private ObjectNode deleteCollection(ApiCall call, ResourcePath path, ResourceKind kind)
      throws IOException {
    Selection selection = Selection.of(call, kind);
    Deletion.Options options = deleteOptions(call);
    List<ObjectNode> deleted = new ArrayList<>();
    for (ObjectNode object : store.list(kind, path.namespace()).items()) {
      if (selection.matches(object)) {
        writes.delete(ObjectKey.of(kind, object), options);
        deleted.add(object);
      }
    }
    ObjectNode metadata = Fields.newObject().put("resourceVersion", Long.toString(store.version()));
    return form(call, path, kind).list(deleted, metadata);
  }

  private void serveScale(ApiCall call, ResourcePath path, ResourceKind kind) throws IOException {
    ObjectKey key = new ObjectKey(kind, path.namespace(), path.name());
    switch (call.method()) {
      case "GET" -> call.answer(200, scales.get(key));
      case "PUT" -> {
        ObjectNode body = bodies.object(call, "Scale");
        call.answer(200, scales.update(key, path.version(), call.writeMode(), _ -> body));
      }
      case "PATCH" -> {
        UnaryOperator<ObjectNode> edit = Patches.edit(kind, call.contentType(), bodies.json(call));
        call.answer(200, scales.update(key, path.version(), call.writeMode(), edit));
      }
      default -> throw ApiFailure.methodNotAllowed();
    }
  }

  private void serveEviction(ApiCall call, ResourcePath path) throws IOException {
    if (!call.method().equals("POST")) {
      throw ApiFailure.methodNotAllowed();
    }
    requireJson(call);
    ObjectNode eviction = bodies.object(call, "Eviction");
    call.answer(201, evictions.evict(path, eviction, call.writeMode()));
  }

  private static void requireJson(ApiCall call) {
    String type = call.contentType();
    if (!type.isEmpty() && !type.equals(BODY_TYPES)) {
      throw ApiFailure.unsupportedMediaType(BODY_TYPES);
    }
  }
}
