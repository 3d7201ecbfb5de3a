package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.Listing;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** GET of one object and of collections, in pages if asked for. */
final class ReadVerbs {
  private final ObjectStore store;
  private final JsonMapper json;

  ReadVerbs(ObjectStore store, JsonMapper json) {
    this.store = store;
    this.json = json;
  }

  ObjectNode get(ResourceKind kind, ResourcePath path, Representation form) {
    return form.object(store.require(new ObjectKey(kind, path.namespace(), path.name())));
  }

  ObjectNode list(ApiCall call, ResourceKind kind, String namespace, Representation form) {
    Selection selection = Selection.of(call, kind);
    Position from = position(call);
    Listing listing = listing(call, kind, namespace, from);
    List<ObjectNode> remaining =
        listing.items().stream()
            .filter(object -> from.isBefore(ObjectKey.of(kind, object)))
            .filter(selection::matches)
            .toList();
    int limit = (int) Math.min(Integer.MAX_VALUE, call.number("limit"));
    boolean partial = limit > 0 && remaining.size() > limit;
    List<ObjectNode> page = partial ? remaining.subList(0, limit) : remaining;

    ObjectNode metadata =
        Fields.newObject().put("resourceVersion", Long.toString(listing.version()));
    if (partial) {
      metadata.put("continue", token(listing.version(), ObjectKey.of(kind, page.getLast())));
      if (selection.isEverything()) {
        metadata.put("remainingItemCount", remaining.size() - limit);
      }
    }
    return form.list(page, metadata);
  }

  private Listing listing(ApiCall call, ResourceKind kind, String namespace, Position from) {
    String version = call.query("resourceVersion");
    boolean exact = call.query("resourceVersionMatch").equals("Exact");
    if (from.version() > 0) {
      try {
        return store.listAt(kind, namespace, from.version());
      } catch (ApiFailure gone) {
        throw expiredToken();
      }
    }
    if (exact) {
      return store.listAt(kind, namespace, call.number("resourceVersion"));
    }
    if (!version.isEmpty() && call.number("resourceVersion") > store.version()) {
      throw ApiFailure.of(
          504,
          "Timeout",
          "Too large resource version: " + version + ", current: " + store.version());
    }
    return store.list(kind, namespace);
  }

  private static ApiFailure expiredToken() {
    return ApiFailure.expired(
        "The provided continue parameter is too old to display a consistent list result. You can"
            + " start a new list without the continue parameter.");
  }

  /** Where a page starts: after this object, as of this version; version 0 is the beginning. */
  private record Position(long version, String namespace, String name) {
    boolean isBefore(ObjectKey key) {
      return version == 0 || key.compareTo(new ObjectKey(key.kind(), namespace, name)) > 0;
    }
  }

  private Position position(ApiCall call) {
    String token = call.query("continue");
    if (token.isEmpty()) {
      return new Position(0, "", "");
    }
    try {
      JsonNode read = json.readTree(Base64.getUrlDecoder().decode(token));
      return new Position(
          Fields.number(read, "rv", -1), Fields.text(read, "namespace"), Fields.text(read, "name"));
    } catch (IllegalArgumentException | JacksonException e) {
      throw ApiFailure.badRequest("continue key is not valid: " + e.getMessage());
    }
  }

  private String token(long version, ObjectKey last) {
    ObjectNode token = Fields.newObject().put("v", "meta.k8s.io/v1").put("rv", version);
    token.put("namespace", last.namespace()).put("name", last.name());
    byte[] bytes = token.toString().getBytes(StandardCharsets.UTF_8);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
