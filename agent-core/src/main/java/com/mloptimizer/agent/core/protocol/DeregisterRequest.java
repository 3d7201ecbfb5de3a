package com.mloptimizer.agent.core.protocol;

import java.time.Instant;

/** {@code POST /agents/deregister}: this process ends. */
public record DeregisterRequest(
    String clusterId, String agentId, String bootId, Instant timestamp, String reason) {}
