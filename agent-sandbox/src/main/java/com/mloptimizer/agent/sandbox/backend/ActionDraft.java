package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.action.ActionType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An action as somebody wants it, before it is signed.
 *
 * @param type the type's wire name, known or not
 * @param parameters of that type
 * @param dryRun whether only the plan is asked for
 * @param validity from {@code issued_at} to {@code expires_at}
 * @param id null lets the backend choose
 */
public record ActionDraft(
    String type, ObjectNode parameters, boolean dryRun, Duration validity, @Nullable String id) {

  /** Without parameters yet, valid for a quarter of an hour. */
  public static ActionDraft of(ActionType type) {
    return new ActionDraft(
        type.wireName(),
        JsonNodeFactory.instance.objectNode(),
        false,
        Duration.ofMinutes(15),
        null);
  }

  /** The same with a parameter more. */
  public ActionDraft with(String name, String value) {
    return with(name, JsonNodeFactory.instance.stringNode(value));
  }

  /** The same with a parameter more. */
  public ActionDraft with(String name, int value) {
    return with(name, JsonNodeFactory.instance.numberNode(value));
  }

  /** The same with a parameter more. */
  public ActionDraft with(String name, JsonNode value) {
    ObjectNode more = parameters.deepCopy();
    more.set(name, value);
    return new ActionDraft(type, more, dryRun, validity, id);
  }

  /** The same, for the plan only. */
  public ActionDraft asDryRun() {
    return new ActionDraft(type, parameters, true, validity, id);
  }

  /** The same with an id of one's own. */
  public ActionDraft withId(String ownId) {
    return new ActionDraft(type, parameters, dryRun, validity, ownId);
  }
}
