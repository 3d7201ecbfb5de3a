package com.mloptimizer.agent.main.leadership;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@code coordination.k8s.io/v1} Lease. Immutable; whatever else stands in the object, labels or
 * fields that a later Kubernetes has added, is kept when it is written back, and so is its
 * resourceVersion, by which the API server refuses a write if somebody else was quicker.
 */
final class Lease {
  /** MicroTime: exactly six digits of a second. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final ObjectNode object;

  private Lease(ObjectNode object) {
    this.object = object;
  }

  /** As an API server sent it. */
  static Lease of(JsonNode object) {
    return new Lease(
        object instanceof ObjectNode fields
            ? fields.deepCopy()
            : JsonNodeFactory.instance.objectNode());
  }

  /** One that does not exist yet and nobody holds. */
  static Lease unclaimed(String namespace, String name) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    object.putObject("metadata").put("namespace", namespace).put("name", name);
    return new Lease(object);
  }

  /** Whether the API server has one. */
  boolean exists() {
    return object.path("metadata").has("resourceVersion");
  }

  /** Who holds it; empty if nobody does. */
  String holder() {
    return spec().path("holderIdentity").asString("");
  }

  /** How long it is good for after its last change; none if it does not say. */
  Duration duration() {
    return Duration.ofSeconds(Math.max(0, spec().path("leaseDurationSeconds").asInt(0)));
  }

  /** Whether nobody renewed, took or released it in between; labels and the like don't count. */
  boolean isSameTenure(Lease other) {
    return spec().equals(other.spec());
  }

  /** Held by this process from now on. */
  Lease claimed(String identity, Duration duration, Instant now) {
    if (holder().equals(identity)) {
      return renewed(now); // Claimed before; only the answer was lost.
    }
    Lease claimed = copy();
    ObjectNode spec = claimed.mutableSpec();
    int transitions = spec.path("leaseTransitions").asInt(0);
    spec.put("holderIdentity", identity);
    spec.put("leaseDurationSeconds", (int) duration.toSeconds());
    spec.put("acquireTime", TIME.format(now));
    spec.put("renewTime", TIME.format(now));
    // As client-go counts: the first holder of all is no change.
    spec.put("leaseTransitions", object.has("spec") ? transitions + 1 : 0);
    return claimed;
  }

  /** Held for another while. */
  Lease renewed(Instant now) {
    Lease renewed = copy();
    renewed.mutableSpec().put("renewTime", TIME.format(now));
    return renewed;
  }

  /** Held by nobody; whoever reads this need not wait. */
  Lease released(Instant now) {
    Lease released = copy();
    ObjectNode spec = released.mutableSpec();
    spec.put("holderIdentity", "");
    spec.put("leaseDurationSeconds", 1);
    spec.put("acquireTime", TIME.format(now));
    spec.put("renewTime", TIME.format(now));
    return released;
  }

  ObjectNode object() {
    return object.deepCopy();
  }

  private JsonNode spec() {
    return object.path("spec");
  }

  private ObjectNode mutableSpec() {
    return object.path("spec") instanceof ObjectNode spec ? spec : object.putObject("spec");
  }

  private Lease copy() {
    return new Lease(object.deepCopy());
  }

  @Override
  public String toString() {
    return "held by '" + holder() + "'";
  }
}
