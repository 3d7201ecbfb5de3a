/**
 * What this agent does not do, whoever asks. The rules are decided by pure code from the action,
 * the time and the cluster's state; what is shared by running actions (the drains' line, the
 * minute's evictions, the unavailable nodes) is counted in one place each; reading the cluster is
 * apart. Nothing here waits: whoever is told to come back later waits as it sees fit.
 */
package com.mloptimizer.agent.actuator.guardrail;
