package com.mloptimizer.agent.core.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** A container of a pod. */
public record ContainerMetric(
    String name,
    String image,
    @Nullable Long cpuUsageMillicores,
    @Nullable Long memoryUsageBytes,
    @Nullable Long cpuRequestMillicores,
    @Nullable Long memoryRequestBytes,
    @Nullable Long cpuLimitMillicores,
    @Nullable Long memoryLimitBytes,
    int restartCount,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String lastTerminationReason) {}
