package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import tools.jackson.core.JsonParser;

/** A Deployment, StatefulSet or DaemonSet. */
public record WorkloadInfo(
    String kind,
    Meta meta,
    int desired,
    int ready,
    int available,
    int updated,
    long observedGeneration)
    implements Tracked {

  @Override
  public String uid() {
    return meta.uid();
  }

  @Override
  public String resourceVersion() {
    return meta.resourceVersion();
  }

  static WorkloadInfo readDeployment(JsonParser parser, Interner interner) {
    return readScalable("Deployment", parser, interner);
  }

  static WorkloadInfo readStatefulSet(JsonParser parser, Interner interner) {
    return readScalable("StatefulSet", parser, interner);
  }

  private static WorkloadInfo readScalable(String kind, JsonParser parser, Interner interner) {
    Meta meta = Meta.NONE;
    long desired = 1;
    Counts counts = new Counts();
    ObjectCursor workload = ObjectCursor.over(parser);
    while (workload.next()) {
      switch (workload.field()) {
        case "metadata" -> meta = Meta.read(workload.object(), interner);
        case "spec" -> {
          ObjectCursor spec = workload.object();
          while (spec.next()) {
            if (spec.field().equals("replicas")) {
              desired = spec.number(1);
            }
          }
        }
        case "status" -> counts.read(workload.object());
        default -> {}
      }
    }
    // Before 1.22 a StatefulSet doesn't say how many are available: a ready pod was.
    long available =
        counts.available >= 0 ? counts.available : kind.equals("StatefulSet") ? counts.ready : 0;
    return counts.workload(kind, meta, desired, available);
  }

  static WorkloadInfo readDaemonSet(JsonParser parser, Interner interner) {
    Meta meta = Meta.NONE;
    Counts counts = new Counts();
    ObjectCursor workload = ObjectCursor.over(parser);
    while (workload.next()) {
      switch (workload.field()) {
        case "metadata" -> meta = Meta.read(workload.object(), interner);
        case "status" -> counts.read(workload.object());
        default -> {}
      }
    }
    return counts.workload("DaemonSet", meta, counts.desired, Math.max(0, counts.available));
  }

  /** The numbers of a status, by whichever name the kind has for them. */
  private static final class Counts {
    private long desired;
    private long ready;
    private long available = -1;
    private long updated;
    private long observedGeneration;

    void read(ObjectCursor status) {
      while (status.next()) {
        switch (status.field()) {
          case "desiredNumberScheduled" -> desired = status.number(0);
          case "readyReplicas", "numberReady" -> ready = status.number(0);
          case "availableReplicas", "numberAvailable" -> available = status.number(0);
          case "updatedReplicas", "updatedNumberScheduled" -> updated = status.number(0);
          case "observedGeneration" -> observedGeneration = status.number(0);
          default -> {}
        }
      }
    }

    WorkloadInfo workload(String kind, Meta meta, long desiredNow, long availableNow) {
      return new WorkloadInfo(
          kind,
          meta,
          (int) desiredNow,
          (int) ready,
          (int) availableNow,
          (int) updated,
          observedGeneration);
    }
  }
}
