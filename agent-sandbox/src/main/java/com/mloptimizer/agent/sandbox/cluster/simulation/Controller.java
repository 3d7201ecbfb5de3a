package com.mloptimizer.agent.sandbox.cluster.simulation;

/** Compares what is with what should be, and takes the next step. Runs on one thread. */
@FunctionalInterface
interface Controller {
  /** One look at everything; writes nothing if nothing is to do. */
  void reconcile();
}
