import org.jspecify.annotations.NullMarked;

/** Observes the cluster and tells the backend, through a spool on disk. */
@NullMarked
module com.mloptimizer.agent.collector {
  requires transitive com.mloptimizer.agent.core;
  requires transitive simpleclient;
  requires org.slf4j;

  exports com.mloptimizer.agent.collector;
}
