/**
 * An embedded Kubernetes cluster for demos and tests: {@link
 * com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster} answers on loopback as an API server does,
 * with nodes, workloads that keep their replicas, enforced disruption budgets, usage metrics and
 * custom resources. A seed makes every run look the same, and {@link
 * com.mloptimizer.agent.sandbox.cluster.Faults} breaks things on demand.
 */
package com.mloptimizer.agent.sandbox.cluster;
