import org.jspecify.annotations.NullMarked;

/** Carries out the backend's signed actions, safely. */
@NullMarked
module com.mloptimizer.agent.actuator {
  requires transitive com.mloptimizer.agent.core;
  requires org.slf4j;
  requires transitive simpleclient;

  exports com.mloptimizer.agent.actuator;
  exports com.mloptimizer.agent.actuator.journal;
}
