package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.Conclusion;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries out {@code cancel_action}. That an action is cancelled is noted in its journal entry
 * before the action hears of it, so that whoever resumes it knows too.
 */
final class Canceller {
  /** A claim takes milliseconds, or the API server is away. */
  private static final Duration CLAIM_TIME = Duration.ofSeconds(5);

  private final Journal journal;
  private final InHand inHand;
  private final Dispatcher dispatcher;

  Canceller(Journal journal, InHand inHand, Dispatcher dispatcher) {
    this.journal = journal;
    this.inHand = inHand;
    this.dispatcher = dispatcher;
  }

  /**
   * Cancels, or says why there is nothing to cancel.
   *
   * @param by the action that cancels
   * @throws IOException if the API server cannot be asked or told; to be tried again
   */
  Conclusion cancel(ActionId id, ActionId by, boolean dryRun)
      throws IOException, InterruptedException {
    if (id.equals(by)) {
      return Conclusion.of(Outcome.NO_CHANGE, "an action cannot cancel itself");
    }
    Optional<Job> found = inHand.find(id);
    if (found.isPresent() && !found.get().awaitSettled(CLAIM_TIME)) {
      throw new IOException("action " + id + " is not recorded yet");
    }
    Optional<JournalEntry> entry = journal.find(id);
    if (entry.isEmpty()) {
      return Conclusion.of(Outcome.NO_CHANGE, "no action " + id + " is known");
    }
    if (entry.get().phase() == Phase.FINISHED) {
      return Conclusion.of(Outcome.NO_CHANGE, "action " + id + " has ended already");
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("action_id", id.value()).put("phase", entry.get().phase().label());
    if (dryRun) {
      return Conclusion.of(Outcome.PLANNED, "would cancel action " + id, details);
    }
    journal.cancelled(id, by);
    inHand.find(id).ifPresent(job -> dispatcher.cancel(job, by));
    return Conclusion.of(
        Outcome.CHANGED,
        entry.get().phase() == Phase.RUNNING
            ? "told action " + id + " to stop; its own result says what it had done"
            : "cancelled action " + id + " before it began",
        details);
  }
}
