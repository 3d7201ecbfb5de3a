/**
 * From an envelope to its effect: {@link com.mloptimizer.agent.actuator.EnvelopeGate} verifies and
 * parses what comes in, a {@link com.mloptimizer.agent.actuator.journal.Journal} entry claims it in
 * the cluster, {@link com.mloptimizer.agent.actuator.TargetQueues} line it up behind earlier
 * actions on its target, {@link com.mloptimizer.agent.actuator.ActionRunner} has its handler carry
 * it out, and {@link com.mloptimizer.agent.actuator.ResultReporter} tells the backend until the
 * backend has heard. Any process can stop at any point: the next one reads the journal and goes on.
 */
package com.mloptimizer.agent.actuator;
