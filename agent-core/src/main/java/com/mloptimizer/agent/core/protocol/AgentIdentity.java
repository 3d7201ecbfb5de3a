package com.mloptimizer.agent.core.protocol;

/**
 * Who speaks: in every message of this process.
 *
 * @param clusterId the cluster, as the backend knows it
 * @param agentId this agent
 * @param bootId fresh for every process
 */
public record AgentIdentity(String clusterId, String agentId, String bootId) {}
