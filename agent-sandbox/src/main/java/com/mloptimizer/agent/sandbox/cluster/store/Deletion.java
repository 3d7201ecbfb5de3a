package com.mloptimizer.agent.sandbox.cluster.store;

import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes as Kubernetes does: preconditions, grace for pods that run on a node, finalizers, and the
 * three ways to treat dependents. The garbage collector and the kubelets finish what it starts.
 */
public final class Deletion {
  public static final String FOREGROUND = "foregroundDeletion";
  public static final String ORPHAN = "orphan";

  private static final long DEFAULT_GRACE_SECONDS = 30;

  /**
   * What the caller asks for.
   *
   * @param graceSeconds null leaves it to the object
   * @param uid precondition, empty for none
   * @param resourceVersion precondition, empty for none
   * @param propagation Background, Foreground, Orphan or empty
   */
  public record Options(
      @Nullable Long graceSeconds,
      String uid,
      String resourceVersion,
      String propagation,
      WriteMode mode) {
    /** No wishes. */
    public static Options none() {
      return new Options(null, "", "", "", WriteMode.COMMIT);
    }

    /** Reads a DeleteOptions object. */
    public static Options of(JsonNode body, WriteMode mode) {
      JsonNode grace = body.path("gracePeriodSeconds");
      boolean orphan = Fields.flag(body, "orphanDependents");
      return new Options(
          grace.isIntegralNumber() ? Long.valueOf(grace.longValue()) : null,
          Fields.text(body, "preconditions.uid"),
          Fields.text(body, "preconditions.resourceVersion"),
          orphan ? "Orphan" : Fields.text(body, "propagationPolicy"),
          mode);
    }
  }

  private final ObjectStore store;

  public Deletion(ObjectStore store) {
    this.store = store;
  }

  /**
   * Deletes, or starts to.
   *
   * @return the object's new state; it is gone if {@link ObjectStore#get} does not find it
   * @throws ApiFailure NotFound, or Conflict if a precondition fails
   */
  public ObjectNode delete(ObjectKey key, Options options) {
    return store.update(
        key,
        options.mode(),
        object -> {
          requirePreconditions(key, object, options);
          return markDeleted(key.kind(), object, options);
        });
  }

  private static void requirePreconditions(ObjectKey key, ObjectNode object, Options options) {
    String uid = Fields.uid(object);
    if (!options.uid().isEmpty() && !options.uid().equals(uid)) {
      throw preconditionFailed(key, "UID", options.uid(), uid);
    }
    String version = Fields.text(object, "metadata.resourceVersion");
    if (!options.resourceVersion().isEmpty() && !options.resourceVersion().equals(version)) {
      throw preconditionFailed(key, "ResourceVersion", options.resourceVersion(), version);
    }
  }

  private static ApiFailure preconditionFailed(
      ObjectKey key, String what, String asked, String found) {
    return ApiFailure.conflict(
        key.kind(),
        key.name(),
        "the %s in the precondition (%s) does not match the %s in record (%s). The object might have been deleted and then recreated"
            .formatted(what, asked, what, found));
  }

  private ObjectNode markDeleted(ResourceKind kind, ObjectNode object, Options options) {
    ObjectNode metadata = Fields.object(object, "metadata");
    long grace = graceSeconds(kind, object, options);
    if (Fields.isDeleting(object)) {
      long current = Fields.number(metadata, "deletionGracePeriodSeconds", 0);
      if (grace >= current) {
        return object;
      }
    } else {
      addFinalizer(metadata, options.propagation());
    }
    metadata.put("deletionTimestamp", Fields.timestamp(store.now().plusSeconds(grace)));
    metadata.put("deletionGracePeriodSeconds", grace);
    if (kind.equals(ResourceKinds.NAMESPACE)) {
      Fields.object(object, "status").put("phase", "Terminating");
    }
    return object;
  }

  private static long graceSeconds(ResourceKind kind, ObjectNode object, Options options) {
    if (!kind.equals(ResourceKinds.POD)) {
      return 0;
    }
    String phase = Fields.text(object, "status.phase");
    boolean runs = !Fields.text(object, "spec.nodeName").isEmpty();
    if (!runs || phase.equals("Succeeded") || phase.equals("Failed")) {
      return 0;
    }
    Long asked = options.graceSeconds();
    return asked != null
        ? Math.max(0, asked)
        : Fields.number(object, "spec.terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS);
  }

  private static void addFinalizer(ObjectNode metadata, String propagation) {
    switch (propagation) {
      case "Foreground" -> finalizers(metadata).add(FOREGROUND);
      case "Orphan" -> finalizers(metadata).add(ORPHAN);
      default -> {}
    }
  }

  private static ArrayNode finalizers(ObjectNode metadata) {
    return Fields.array(metadata, "finalizers");
  }
}
