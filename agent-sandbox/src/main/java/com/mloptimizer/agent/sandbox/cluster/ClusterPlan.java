package com.mloptimizer.agent.sandbox.cluster;

import com.mloptimizer.agent.sandbox.cluster.simulation.Timing;
import java.time.Duration;

/** What a cluster shall be. */
record ClusterPlan(
    long seed,
    int nodes,
    boolean demoWorkloads,
    boolean agentActions,
    MetricsApiState metrics,
    Duration podStart,
    Duration longestGrace,
    Duration metricsStep,
    int historySize,
    Duration bookmarkInterval) {
  static final ClusterPlan DEFAULT =
      new ClusterPlan(
          42,
          8,
          true,
          true,
          MetricsApiState.SERVED,
          Duration.ofMillis(1500),
          Duration.ofSeconds(2),
          Duration.ofSeconds(15),
          10_000,
          Duration.ofSeconds(30));

  private static final Duration TICK = Duration.ofMillis(50);

  ClusterPlan {
    if (nodes < 0 || historySize < 1) {
      throw new IllegalArgumentException(
          "nodes must be 0 or more and historySize 1 or more: " + nodes + ", " + historySize);
    }
  }

  /** How old the cluster is when it starts. */
  Duration age() {
    return Duration.ofHours(2);
  }

  /** The user behind the token. */
  String user() {
    return "system:serviceaccount:ml-optimizer:ml-agent";
  }

  Timing timing() {
    return new Timing(podStart, longestGrace, TICK, metricsStep, metricsStep);
  }

  ClusterPlan withSeed(long value) {
    return new ClusterPlan(
        value,
        nodes,
        demoWorkloads,
        agentActions,
        metrics,
        podStart,
        longestGrace,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withNodes(int value) {
    return new ClusterPlan(
        seed,
        value,
        demoWorkloads,
        agentActions,
        metrics,
        podStart,
        longestGrace,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withDemoWorkloads(boolean value) {
    return new ClusterPlan(
        seed,
        nodes,
        value,
        agentActions,
        metrics,
        podStart,
        longestGrace,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withAgentActions(boolean value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        value,
        metrics,
        podStart,
        longestGrace,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withMetrics(MetricsApiState value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        agentActions,
        value,
        podStart,
        longestGrace,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withPodStart(Duration value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        agentActions,
        metrics,
        value,
        longestGrace,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withLongestGrace(Duration value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        agentActions,
        metrics,
        podStart,
        value,
        metricsStep,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withMetricsStep(Duration value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        agentActions,
        metrics,
        podStart,
        longestGrace,
        value,
        historySize,
        bookmarkInterval);
  }

  ClusterPlan withHistorySize(int value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        agentActions,
        metrics,
        podStart,
        longestGrace,
        metricsStep,
        value,
        bookmarkInterval);
  }

  ClusterPlan withBookmarkInterval(Duration value) {
    return new ClusterPlan(
        seed,
        nodes,
        demoWorkloads,
        agentActions,
        metrics,
        podStart,
        longestGrace,
        metricsStep,
        historySize,
        value);
  }
}
