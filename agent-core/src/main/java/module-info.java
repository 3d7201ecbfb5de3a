import org.jspecify.annotations.NullMarked;

/**
 * What every part of the agent shares: the protocol and its envelopes, the way to the backend and
 * to the API server, configuration, and the life of components.
 */
@NullMarked
module com.mloptimizer.agent.core {
  requires io.kubernetes.client.java;
  requires io.kubernetes.client.java.api;
  requires transitive org.jspecify;
  requires transitive com.fasterxml.jackson.annotation;
  requires transitive tools.jackson.core;
  requires transitive tools.jackson.databind;
  requires transitive simpleclient;
  requires okhttp3;
  requires io.github.resilience4j.circuitbreaker;
  requires io.github.resilience4j.core;
  requires io.github.resilience4j.retry;
  requires org.slf4j;
  requires org.yaml.snakeyaml;

  exports com.mloptimizer.agent.core.action;
  exports com.mloptimizer.agent.core.backend;
  exports com.mloptimizer.agent.core.config;
  exports com.mloptimizer.agent.core.envelope;
  exports com.mloptimizer.agent.core.kubernetes;
  exports com.mloptimizer.agent.core.lifecycle;
  exports com.mloptimizer.agent.core.protocol;
  exports com.mloptimizer.agent.core.reload;
  exports com.mloptimizer.agent.core.tls;
}
