package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import java.util.Optional;
import tools.jackson.core.JsonParser;

/** A ReplicaSet, of which only the Deployment above it is of interest. */
public record ReplicaSetInfo(
    String uid, String resourceVersion, Optional<Meta.Controller> controller) implements Tracked {

  static ReplicaSetInfo read(JsonParser parser, Interner interner) {
    Meta meta = Meta.NONE;
    ObjectCursor replicaSet = ObjectCursor.over(parser);
    while (replicaSet.next()) {
      if (replicaSet.field().equals("metadata")) {
        meta = Meta.read(replicaSet.object(), interner);
      }
    }
    return new ReplicaSetInfo(meta.uid(), meta.resourceVersion(), meta.controller());
  }
}
