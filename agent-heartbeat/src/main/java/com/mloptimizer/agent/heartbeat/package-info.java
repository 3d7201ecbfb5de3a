/**
 * How the agent tells how it is. The {@link com.mloptimizer.agent.heartbeat.HeartbeatComponent}
 * tells the backend: it registers, sends a heartbeat every interval, registers again if the backend
 * has forgotten the agent, and says goodbye. The {@link
 * com.mloptimizer.agent.heartbeat.HealthServer} tells the kubelet, Prometheus and people, over
 * HTTP. Both read the same {@link com.mloptimizer.agent.core.lifecycle.ComponentHealth}s; {@link
 * com.mloptimizer.agent.heartbeat.SystemUsageReader} adds what the container uses, and {@link
 * com.mloptimizer.agent.heartbeat.AgentMetrics} what Prometheus wants to know of the process.
 */
package com.mloptimizer.agent.heartbeat;
