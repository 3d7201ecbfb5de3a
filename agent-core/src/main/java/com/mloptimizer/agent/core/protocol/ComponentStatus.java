package com.mloptimizer.agent.core.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a component is, in the heartbeat.
 *
 * @param healthy whether it does its work
 * @param since when that began
 * @param lastSuccessAt when it last succeeded; null if it never has
 * @param restarts how often it was restarted in this process
 * @param error what is wrong, if something is
 */
public record ComponentStatus(
    boolean healthy,
    Instant since,
    @Nullable Instant lastSuccessAt,
    int restarts,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String error) {}
