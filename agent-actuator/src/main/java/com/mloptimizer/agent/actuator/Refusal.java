package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;

/**
 * What was verified and is still no action to carry out.
 *
 * @param payloadSha256 as {@link Job#payloadSha256} has it
 * @param reason why not
 * @param message the same, for a person
 */
record Refusal(
    ActionId id,
    String payloadSha256,
    RejectionReason reason,
    String message,
    ReceivedEnvelope envelope) {}
