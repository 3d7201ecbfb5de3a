package com.mloptimizer.agent.actuator.journal;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the journal knows of an action.
 *
 * @param id of the action, and the name of the object
 * @param envelope as it was accepted; to be verified again before it is believed
 * @param source the way it came
 * @param claimedAt when the object was created, by the API server's clock
 * @param attempts how often an agent started to work on it
 * @param startedAt when that was for the first time
 * @param result how it ended, if it did
 * @param reported whether the backend has the result
 */
public record JournalEntry(
    ActionId id,
    ReceivedEnvelope envelope,
    Source source,
    Instant claimedAt,
    Phase phase,
    int attempts,
    @Nullable Instant startedAt,
    @Nullable ActionResult result,
    boolean reported) {}
