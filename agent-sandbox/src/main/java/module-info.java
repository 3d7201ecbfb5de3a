import org.jspecify.annotations.NullMarked;

/** What a newcomer, a demo and a test need around the agent; never part of the production image. */
@NullMarked
module com.mloptimizer.agent.sandbox {
  requires transitive com.mloptimizer.agent.core;
  requires transitive org.jspecify;
  requires transitive tools.jackson.databind;
  requires transitive jdk.httpserver;
  requires org.java_websocket;
  requires org.slf4j;
  requires org.yaml.snakeyaml;

  exports com.mloptimizer.agent.sandbox.backend;
  exports com.mloptimizer.agent.sandbox.cluster;
  exports com.mloptimizer.agent.sandbox.console;
}
