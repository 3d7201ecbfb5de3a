import org.jspecify.annotations.NullMarked;

/** The WebSocket between agent and backend. */
@NullMarked
module com.mloptimizer.agent.ws {
  requires transitive com.mloptimizer.agent.core;
  requires transitive simpleclient;
  requires org.java_websocket;
  requires org.slf4j;

  exports com.mloptimizer.agent.ws;
}
