/**
 * The way to the backend over HTTP: one attempt a call, whose answer is a value of {@link
 * com.mloptimizer.agent.core.backend.BackendAnswer}, and one place, {@link
 * com.mloptimizer.agent.core.backend.BackendRetry}, that knows when to try again.
 */
package com.mloptimizer.agent.core.backend;
