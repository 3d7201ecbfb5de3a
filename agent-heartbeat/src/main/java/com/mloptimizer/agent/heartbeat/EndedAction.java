package com.mloptimizer.agent.heartbeat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line about an action that has ended.
 *
 * @param target for example {@code Node/node-3}
 * @param reason of a refusal
 * @param message one sentence
 * @param durationSeconds from its first start to its end
 */
public record EndedAction(
    String id,
    ActionType type,
    String target,
    Outcome outcome,
    boolean success,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RejectionReason reason,
    String message,
    boolean dryRun,
    Instant startedAt,
    Instant finishedAt,
    double durationSeconds,
    int attempts) {

  static EndedAction of(Action action, ActionResult result) {
    Duration duration = Duration.between(result.startedAt(), result.finishedAt());
    return new EndedAction(
        action.id().value(),
        action.type(),
        action.target().toString(),
        result.outcome(),
        result.success(),
        result.reason(),
        result.message(),
        result.dryRun(),
        result.startedAt(),
        result.finishedAt(),
        duration.toMillis() / 1000.0,
        result.attempts());
  }
}
