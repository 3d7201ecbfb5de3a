package com.mloptimizer.agent.core.action;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What became of an action, as the backend gets it.
 *
 * @param success as the outcome says
 * @param outcome how it ended
 * @param reason accompanies every {@code refused}, otherwise null
 * @param message one sentence for a person
 * @param dryRun whether nothing was to be changed
 * @param startedAt when the agent took it up
 * @param finishedAt when it ended
 * @param attempts how often an agent started to work on it
 * @param details structured: before and after values, per pod outcomes, blocking budgets
 */
public record ActionResult(
    boolean success,
    Outcome outcome,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RejectionReason reason,
    String message,
    boolean dryRun,
    Instant startedAt,
    Instant finishedAt,
    int attempts,
    JsonNode details) {

  /**
   * @throws NullPointerException if anything but the reason is missing, as it may be where JSON of
   *     unknown making is read
   * @throws IllegalArgumentException if a refusal has no reason, or something else has one, or if
   *     success is not what the outcome says
   */
  public ActionResult {
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(startedAt, "started_at");
    Objects.requireNonNull(finishedAt, "finished_at");
    Objects.requireNonNull(details, "details");
    if (success != outcome.isSuccess()) {
      throw new IllegalArgumentException(outcome.wireName() + " is not success " + success);
    }
    if ((outcome == Outcome.REFUSED) != (reason != null)) {
      throw new IllegalArgumentException("a reason accompanies a refusal and nothing else");
    }
  }

  /** The result of an action that was refused before anything was tried. */
  public static ActionResult refused(RejectionReason reason, String message, Instant at) {
    JsonNode none = JsonNodeFactory.instance.objectNode();
    return new ActionResult(false, Outcome.REFUSED, reason, message, false, at, at, 0, none);
  }
}
