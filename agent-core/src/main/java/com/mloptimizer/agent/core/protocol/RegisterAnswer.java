package com.mloptimizer.agent.core.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What the backend may say to a registration; everything is optional.
 *
 * @param heartbeatIntervalSeconds the interval that it wishes
 * @param config a signed configuration, not verified yet
 */
public record RegisterAnswer(
    @Nullable Integer heartbeatIntervalSeconds, @Nullable ReceivedEnvelope config) {}
