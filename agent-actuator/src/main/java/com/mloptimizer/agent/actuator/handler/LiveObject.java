package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An object as the API server has it now.
 *
 * @param json all of it
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

  String resourceVersion() {
    return json.path("metadata").path("resourceVersion").asString("");
  }

  boolean isTerminating() {
    return json.path("metadata").path("deletionTimestamp").isString();
  }

  @Nullable String label(String name) {
    JsonNode value = json.path("metadata").path("labels").path(name);
    return value.isString() ? value.stringValue() : null;
  }

  String annotation(String name) {
    return json.path("metadata").path("annotations").path(name).asString("");
  }

  /**
   * Ends the action if this is not the object that was meant.
   *
   * @param expectedUid null if any object of that name will do
   */
  void requireUid(@Nullable String expectedUid) throws ActionEndedException {
    if (expectedUid != null && !expectedUid.equals(uid())) {
      throw new ActionEndedException(
          Conclusion.of(
              Outcome.STALE_TARGET,
              "%s has uid %s, the action is about uid %s".formatted(name(), uid(), expectedUid)));
    }
  }
}
