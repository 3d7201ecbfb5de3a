package com.mloptimizer.agent.sandbox.cluster;

/** How metrics.k8s.io answers. */
public enum MetricsApiState {
  /** With usage. */
  SERVED,
  /** 404: no such group. */
  ABSENT,
  /** 503: the group is registered, its server is away. */
  UNAVAILABLE
}
