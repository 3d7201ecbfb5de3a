package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.action.ActionInbox;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Who gets what the backend says. All are called on the component's thread and return soon.
 *
 * @param actions gets envelopes with actions, none of them verified
 * @param configurations gets envelopes with configurations, none of them verified
 * @param heartbeatInterval gets the interval that the backend wishes
 */
public record Receivers(
    ActionInbox actions,
    Consumer<ReceivedEnvelope> configurations,
    Consumer<Duration> heartbeatInterval) {}
