package com.mloptimizer.agent.sandbox.cluster.simulation;

import java.time.Duration;

/**
 * How fast the simulated machinery works.
 *
 * @param podStart from the binding to a node until the pod is ready, at least; up to half longer
 * @param longestGrace how long a deleted pod terminates at most, whatever grace it has
 * @param tick how often controllers look without a change
 * @param metricsStep how often usage is sampled
 * @param firstSample how long a running pod has no sample
 */
public record Timing(
    Duration podStart,
    Duration longestGrace,
    Duration tick,
    Duration metricsStep,
    Duration firstSample) {}
