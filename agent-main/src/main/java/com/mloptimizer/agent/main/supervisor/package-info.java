/**
 * Keeps the four components alive: one thread each, started in order, started anew with a growing
 * delay when it ends or stalls, stopped in reverse order within a time that Kubernetes grants. In
 * between, the supervisor keeps the heap small.
 */
package com.mloptimizer.agent.main.supervisor;
