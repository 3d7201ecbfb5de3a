package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import tools.jackson.databind.node.ObjectNode;

/** How controllers create objects: by the same rules as everybody else. */
@FunctionalInterface
public interface PodAdmission {
  /** Creates an object, completed with its defaults. */
  ObjectNode create(ResourceKind kind, ObjectNode object);

  /** Creates a pod. */
  default ObjectNode create(ObjectNode pod) {
    return create(ResourceKinds.POD, pod);
  }
}
