package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * An action that this backend issued, and how far it is.
 *
 * @param id its id
 * @param type its type's wire name
 * @param parameters of that type
 * @param dryRun whether only the plan was asked for
 * @param envelope as it was signed
 * @param issuedAt when
 * @param phase how far it is, as far as the agent has told
 * @param message the agent's latest word on it, empty at first
 * @param acknowledgedAt when the agent acknowledged it; null if it has not
 * @param endedAt when its result came, or its rejection; null before that
 * @param outcome the result's outcome or the rejection's reason; null before that
 */
public record TrackedAction(
    ActionId id,
    String type,
    ObjectNode parameters,
    boolean dryRun,
    ReceivedEnvelope envelope,
    Instant issuedAt,
    Phase phase,
    String message,
    @Nullable Instant acknowledgedAt,
    @Nullable Instant endedAt,
    @Nullable String outcome) {

  /** How far an action is. */
  public enum Phase {
    ISSUED,
    ACCEPTED,
    REJECTED,
    RUNNING,
    SUCCEEDED,
    FAILED;

    /** For JSON and for the page, for example {@code accepted}. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether nothing more will come. */
    public boolean isFinal() {
      return this == REJECTED || this == SUCCEEDED || this == FAILED;
    }
  }

  static TrackedAction issued(
      ActionId id, ActionDraft draft, ReceivedEnvelope envelope, Instant now) {
    return new TrackedAction(
        id,
        draft.type(),
        draft.parameters(),
        draft.dryRun(),
        envelope,
        now,
        Phase.ISSUED,
        "",
        null,
        null,
        null);
  }

  TrackedAction accepted(Instant now) {
    // A progress frame or the result may have come first.
    return phase == Phase.ISSUED
        ? with(Phase.ACCEPTED, message, now, endedAt, outcome)
        : with(phase, message, acknowledgedAt == null ? now : acknowledgedAt, endedAt, outcome);
  }

  TrackedAction rejected(String reason, Instant now) {
    return phase.isFinal() ? this : with(Phase.REJECTED, reason, now, now, reason);
  }

  TrackedAction progressed(String text, Instant now) {
    return phase.isFinal()
        ? this
        : with(
            Phase.RUNNING, text, acknowledgedAt == null ? now : acknowledgedAt, endedAt, outcome);
  }

  TrackedAction ended(ActionResult result, Instant now) {
    return with(
        result.success() ? Phase.SUCCEEDED : Phase.FAILED,
        result.message(),
        // The result goes by HTTP and may overtake the acknowledgement.
        acknowledgedAt == null ? now : acknowledgedAt,
        now,
        Optional.ofNullable(result.reason())
            .map(reason -> result.outcome().wireName() + ": " + reason.wireName())
            .orElse(result.outcome().wireName()));
  }

  private TrackedAction with(
      Phase newPhase,
      String newMessage,
      @Nullable Instant newAcknowledgedAt,
      @Nullable Instant newEndedAt,
      @Nullable String newOutcome) {
    return new TrackedAction(
        id,
        type,
        parameters,
        dryRun,
        envelope,
        issuedAt,
        newPhase,
        newMessage,
        newAcknowledgedAt,
        newEndedAt,
        newOutcome);
  }
}
