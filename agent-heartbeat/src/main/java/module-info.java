import org.jspecify.annotations.NullMarked;

/** The heartbeat, and the HTTP port that tells how the agent is. */
@NullMarked
module com.mloptimizer.agent.heartbeat {
  requires transitive com.mloptimizer.agent.core;
  requires transitive simpleclient;
  requires jdk.httpserver;
  requires org.slf4j;
  requires simpleclient.common;
  requires simpleclient.hotspot;

  exports com.mloptimizer.agent.heartbeat;
}
