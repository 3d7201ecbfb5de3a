package com.mloptimizer.agent.collector.cluster;

/** An object that a watch keeps up to date. */
public interface Tracked {

  /** Its identity, which no later object of the same name has. */
  String uid();

  /** The version of what is known of it, from which a watch continues. */
  String resourceVersion();
}
