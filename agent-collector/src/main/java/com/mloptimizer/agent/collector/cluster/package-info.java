/**
 * What the agent knows of the cluster: trimmed records of pods, nodes, workloads and ReplicaSets
 * that a {@link com.mloptimizer.agent.collector.cluster.Reflector} for each resource keeps equal to
 * the API server's, by one list and then watches, and the samples of metrics.k8s.io, which are
 * asked for anew each cycle because that API cannot be watched. What is not reported is never read
 * into memory: no managed fields, no environment, no annotations.
 */
package com.mloptimizer.agent.collector.cluster;
