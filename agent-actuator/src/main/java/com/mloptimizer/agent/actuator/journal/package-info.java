/**
 * The memory of the actuator: one {@code AgentAction} object an action, in the agent's own
 * namespace. Creating it is the claim, its status is how far the action is, and it outlives
 * processes and leaders; see docs/adr/0001.
 */
package com.mloptimizer.agent.actuator.journal;
