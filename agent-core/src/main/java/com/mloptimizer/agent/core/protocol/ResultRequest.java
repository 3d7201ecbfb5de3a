package com.mloptimizer.agent.core.protocol;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import java.time.Instant;

/** {@code POST /actions/{id}/result}. */
public record ResultRequest(
    String clusterId, String agentId, ActionId actionId, Instant timestamp, ActionResult result) {}
