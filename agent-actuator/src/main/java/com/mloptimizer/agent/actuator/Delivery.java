package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Instant;

/** An envelope, the way it came, and when. */
record Delivery(ReceivedEnvelope envelope, Source source, Instant receivedAt) {}
