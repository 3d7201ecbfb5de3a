/**
 * What a newcomer sees: {@link com.mloptimizer.agent.sandbox.console.Console} puts a page on the
 * reference backend's port that shows nodes and pods, the agent and what it sends, and lets a
 * person send signed actions. The page hears of every change by server-sent events; the cluster is
 * watched by {@link com.mloptimizer.agent.sandbox.console.ClusterView}, the rest is what the agent
 * told the backend.
 */
package com.mloptimizer.agent.sandbox.console;
