import org.jspecify.annotations.NullMarked;

/** The agent's process: command line, composition root, supervisor. */
@NullMarked
module com.mloptimizer.agent.main {
  requires com.mloptimizer.agent.actuator;
  requires com.mloptimizer.agent.collector;
  requires com.mloptimizer.agent.core;
  requires com.mloptimizer.agent.heartbeat;
  requires com.mloptimizer.agent.ws;
  requires ch.qos.logback.classic;
  requires ch.qos.logback.core;
  requires info.picocli;
  requires java.management;
  requires java.net.http;
  requires jdk.management;
  requires org.jspecify;
  requires org.slf4j;
  requires simpleclient;
  requires tools.jackson.core;
  requires tools.jackson.databind;

  opens com.mloptimizer.agent.main to
      info.picocli;
}
