/**
 * How the four components of the agent live: a {@link
 * com.mloptimizer.agent.core.lifecycle.Component} is a loop that a supervisor runs on a thread of
 * its own, a {@link com.mloptimizer.agent.core.lifecycle.ComponentHealth} is where it says that it
 * gets on, a {@link com.mloptimizer.agent.core.lifecycle.StopSignal} is how it is told to end, and
 * a {@link com.mloptimizer.agent.core.lifecycle.Readiness} is what must hold before it is of use.
 */
package com.mloptimizer.agent.core.lifecycle;
