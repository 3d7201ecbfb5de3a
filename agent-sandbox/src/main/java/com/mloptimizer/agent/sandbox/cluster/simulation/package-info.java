/**
 * What a cluster does by itself. {@link
 * com.mloptimizer.agent.sandbox.cluster.simulation.Simulation} runs one small class for each
 * controller of Kubernetes, and one for all kubelets, whenever the store changed: each compares
 * what is with what should be and takes the next step. Names, ids and usage derive from the seed,
 * so two runs differ in their timestamps only.
 */
package com.mloptimizer.agent.sandbox.cluster.simulation;
