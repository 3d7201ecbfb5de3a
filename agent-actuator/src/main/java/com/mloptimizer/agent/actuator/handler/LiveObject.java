package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object as the API server has it now.
 *
 * @param json as much of it as was asked for
 */
record LiveObject(JsonNode json) {

  String name() {
    return json.path("metadata").path("name").asString("");
  }

  String namespace() {
    return json.path("metadata").path("namespace").asString("");
  }

  String uid() {
    return json.path("metadata").path("uid").asString("");
  }

  boolean isTerminating() {
    return json.path("metadata").path("deletionTimestamp").isString();
  }

  /** Whether this pod runs no more and will not again. */
  boolean isFinished() {
    String phase = status().path("phase").asString("");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  @Nullable String label(String name) {
    JsonNode value = json.path("metadata").path("labels").path(name);
    return value.isString() ? value.stringValue() : null;
  }

  String annotation(String name) {
    return json.path("metadata").path("annotations").path(name).asString("");
  }

  JsonNode spec() {
    return json.path("spec");
  }

  JsonNode status() {
    return json.path("status");
  }

  /** The owner that manages this object, if one does. */
  Optional<JsonNode> controller() {
    for (JsonNode owner : json.path("metadata").path("ownerReferences")) {
      if (owner.path("controller").asBoolean(false)) {
        return Optional.of(owner);
      }
    }
    return Optional.empty();
  }

  /** Whether a kubelet reports a static pod by this object; nobody can evict or change that. */
  boolean isMirrorPod() {
    return !annotation("kubernetes.io/config.mirror").isEmpty();
  }

  /** A condition of the status. */
  Optional<JsonNode> condition(String type) {
    for (JsonNode condition : status().path("conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  /** Whether this agent's field manager wrote it then or later; API server times are seconds. */
  boolean isWrittenByUsSince(Instant time) {
    for (JsonNode entry : json.path("metadata").path("managedFields")) {
      if (entry.path("manager").asString("").equals(ApiRequest.FIELD_MANAGER)
          && entry.path("time").isString()
          && !Instant.parse(entry.path("time").stringValue())
              .isBefore(time.truncatedTo(ChronoUnit.SECONDS))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether field managers other than this agent own a field, and it does not: somebody else wrote
   * it last. False if the API server keeps no account of the field.
   *
   * @param path its steps as <a
   *     href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management">
   *     managedFields</a> writes them, {@code f:spec} for {@code spec}
   */
  boolean isHeldByOthers(String... path) {
    boolean others = false;
    for (JsonNode entry : json.path("metadata").path("managedFields")) {
      JsonNode field = entry.path("fieldsV1");
      for (String step : path) {
        field = field.path(step);
      }
      if (!field.isMissingNode()) {
        if (entry.path("manager").asString("").equals(ApiRequest.FIELD_MANAGER)) {
          return false;
        }
        others = true;
      }
    }
    return others;
  }

  /**
   * The end of the action if this is not the object that was meant.
   *
   * @param expectedUid null if any object of that name will do
   */
  Optional<Conclusion> ifOtherThan(@Nullable String expectedUid) {
    return expectedUid == null || expectedUid.equals(uid())
        ? Optional.empty()
        : Optional.of(
            Conclusion.of(
                Outcome.STALE_TARGET,
                "%s has uid %s, the action is about uid %s".formatted(name(), uid(), expectedUid)));
  }

  /** Ends the action {@linkplain #ifOtherThan if this is not the object that was meant}. */
  void requireUid(@Nullable String expectedUid) throws ActionEndedException {
    Optional<Conclusion> stale = ifOtherThan(expectedUid);
    if (stale.isPresent()) {
      throw new ActionEndedException(stale.get());
    }
  }

  /**
   * Binds a write to this version of this object: the API server answers 409 or 422 if there is
   * another one by then.
   *
   * @return the write's {@code metadata}
   */
  ObjectNode bind(ObjectNode write) {
    return write
        .putObject("metadata")
        .put("uid", uid())
        .put("resourceVersion", json.path("metadata").path("resourceVersion").asString(""));
  }
}
