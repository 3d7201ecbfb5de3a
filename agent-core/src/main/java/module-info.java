import org.jspecify.annotations.NullMarked;

/** What every part of the agent shares. */
@NullMarked
module com.mloptimizer.agent.core {
  requires transitive org.jspecify;

  exports com.mloptimizer.agent.core.protocol;
}
