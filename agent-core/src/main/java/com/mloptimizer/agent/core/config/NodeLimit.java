package com.mloptimizer.agent.core.config;

/** How many nodes may be unavailable at once. */
public sealed interface NodeLimit {

  /** The limit in a cluster of so many nodes. */
  int of(int nodes);

  /** So many, whatever the cluster's size. */
  record Count(int nodes) implements NodeLimit {
    @Override
    public int of(int total) {
      return nodes;
    }

    @Override
    public String toString() {
      return Integer.toString(nodes);
    }
  }

  /**
   * A part of all nodes, rounded down, but at least one unless it is 0 %: a small cluster could
   * never be worked on otherwise.
   */
  record Percentage(int percent) implements NodeLimit {
    @Override
    public int of(int total) {
      return percent == 0 ? 0 : Math.max(1, (int) ((long) total * percent / 100));
    }

    @Override
    public String toString() {
      return percent + "%";
    }
  }
}
