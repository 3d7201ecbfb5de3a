/**
 * What each action does to the cluster, one handler a file. A handler reads, has a pure function
 * decide (a {@code Decision}, a {@code DrainPlan}, a {@code RolloutStatus}), and {@code Edit} or
 * {@code PodEviction} carries the decision out; a dry run is the same decision, sent with the
 * server's own dry run. Handlers are resumable: they compare before they write, know objects by
 * UID, and {@code EvictionMemory} keeps what the cluster itself forgets, so running one again after
 * a crash is always right.
 */
package com.mloptimizer.agent.actuator.handler;
