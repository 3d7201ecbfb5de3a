package com.mloptimizer.agent.actuator.journal;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the journal knows of an action. Whoever may write objects may have written this one, so its
 * envelope is verified again before it is believed.
 *
 * @param id of the action, and the name of the object
 * @param uid of the object
 * @param version of the object, its {@code resourceVersion}
 * @param envelope as it was accepted
 * @param source the way it came
 * @param type as it was noted when it was accepted, of no more worth than a hint
 * @param claimedAt when the object was created, by the API server's clock, in whole seconds
 * @param receivedAt when the envelope came in, by the agent's clock; null if nobody noted it
 * @param expiresAt end of the action's validity, as noted when it was accepted; null if nobody did
 * @param phase how far it is
 * @param attempts how often an agent started to work on it
 * @param startedAt when that was for the first time
 * @param progress what earlier attempts left for the next one; empty if nothing
 * @param cancelledBy the action that cancelled it; null if none did
 * @param result how it ended; null if it did not, or if what stands there cannot be read
 * @param reported whether the backend has the result
 */
public record JournalEntry(
    ActionId id,
    String uid,
    String version,
    ReceivedEnvelope envelope,
    Source source,
    String type,
    Instant claimedAt,
    @Nullable Instant receivedAt,
    @Nullable Instant expiresAt,
    Phase phase,
    int attempts,
    @Nullable Instant startedAt,
    ObjectNode progress,
    @Nullable ActionId cancelledBy,
    @Nullable ActionResult result,
    boolean reported) {

  /** The order in which actions were accepted; creation times are in whole seconds only. */
  public static final Comparator<JournalEntry> BY_ACCEPTANCE =
      Comparator.comparing(JournalEntry::claimedAt)
          .thenComparing(JournalEntry::receivedAt, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparing(entry -> entry.id().value());

  /** Whether it is said to cancel another one. */
  public boolean isCancel() {
    return type.equals(ActionType.CANCEL_ACTION.wireName());
  }

  /** Whether nobody needs to work on it any more. */
  public boolean isFinished() {
    return result != null;
  }

  /** Whether its status says that it ended, but not how: somebody wrote into it. */
  public boolean isDamaged() {
    return result == null && phase == Phase.FINISHED;
  }
}
