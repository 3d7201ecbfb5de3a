import org.jspecify.annotations.NullMarked;

/** The build of the image. */
@NullMarked
module com.mloptimizer.agent.deploy {
  requires com.mloptimizer.agent.core;
  requires com.mloptimizer.agent.sandbox;
  requires org.jspecify;
  requires tools.jackson.databind;
}
