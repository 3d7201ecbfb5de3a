package com.mloptimizer.agent.collector.cluster;

import java.time.Duration;

/** Hears how watching goes; called by the threads that watch, must return at once. */
public interface WatchListener {

  /** A resource was listed to its end. */
  void listed(String resource, Duration took);

  /** A watch broke, expired or was refused, and is opened anew. */
  void restarted(String resource);
}
