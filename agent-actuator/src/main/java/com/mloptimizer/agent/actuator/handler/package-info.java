/**
 * What each action does to the cluster: one handler a file, with the decision (what would change,
 * what forbids it) apart from the calls that carry it out, so that a dry run is the same decision.
 * Handlers are resumable: they read, compare, and write only what differs, so running one again
 * after a crash is always right.
 */
package com.mloptimizer.agent.actuator.handler;
