package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.JournalObject;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionResult;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the journal may forget: what ended and was reported longer ago than the retention,
 * and could not be accepted once more if its envelope came again. What the backend has not
 * acknowledged is kept.
 *
 * @param period how long an ended action is kept
 */
record Retention(Duration period) {
  /** No configuration accepts actions that are valid for longer than that. */
  static final Duration LONGEST_VALIDITY = Duration.ofDays(1);

  /**
   * How far the time of a claim may be from the time at which the agent found the action valid: a
   * clock of the API server's own, in whole seconds, beside what is allowed between agent and
   * backend.
   */
  static final Duration SKEW = ActionParser.CLOCK_SKEW.multipliedBy(2);

  boolean isOver(JournalObject object, Instant now) {
    return switch (object) {
      case JournalObject.Entry(JournalEntry entry) -> isOver(entry, now);
      case JournalObject.Stranger stranger -> stranger.createdAt().plus(period).isBefore(now);
    };
  }

  private boolean isOver(JournalEntry entry, Instant now) {
    @Nullable ActionResult result = entry.result();
    return result != null
        && entry.reported()
        && endedAt(entry, result, now).plus(period).isBefore(now)
        && acceptableUntil(entry).isBefore(now);
  }

  /** The status is anybody's who may write it, the time of the claim is the API server's. */
  private static Instant endedAt(JournalEntry entry, ActionResult result, Instant now) {
    Instant noted = result.finishedAt();
    return noted.isBefore(entry.claimedAt()) || noted.isAfter(now) ? entry.claimedAt() : noted;
  }

  /**
   * The action's own end of validity, as it was noted, and the skew that an object of the journal
   * is given; but no later than could be true, so that an object that somebody made by hand does
   * not stay for ever. The configured longest validity is no measure: it may have been another one
   * when the action was accepted.
   */
  private static Instant acceptableUntil(JournalEntry entry) {
    Instant longest = entry.claimedAt().plus(LONGEST_VALIDITY).plus(SKEW);
    @Nullable Instant noted = entry.expiresAt();
    Instant expiresAt = noted == null || noted.isAfter(longest) ? longest : noted;
    return expiresAt.plus(SKEW);
  }
}
