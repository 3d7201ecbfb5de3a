package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;

/**
 * What is used of a container's specification.
 *
 * @param role what it is to its pod
 */
public record ContainerSpec(
    String name, String image, Role role, Amounts requests, Amounts limits) {

  /** What a container is to its pod. */
  public enum Role {
    /** Runs as long as the pod does. */
    APP,
    /** Runs before the others, to its end. */
    INIT,
    /** Starts among the init containers and keeps running (KEP-753). */
    SIDECAR
  }

  static ContainerSpec read(
      ObjectCursor fields, boolean init, QuantityReader quantities, Interner interner) {
    String name = "";
    String image = "";
    boolean always = false;
    Resources resources = Resources.NONE;
    while (fields.next()) {
      switch (fields.field()) {
        case "name" -> name = interner.text(fields.text(""));
        case "image" -> image = interner.text(fields.text(""));
        case "restartPolicy" -> always = fields.text("").equals("Always");
        case "resources" -> {
          quantities.enter("container", name);
          resources = Resources.read(fields.object(), quantities);
        }
        default -> {}
      }
    }
    Role role = !init ? Role.APP : always ? Role.SIDECAR : Role.INIT;
    return interner.intern(
        new ContainerSpec(
            name,
            image,
            role,
            interner.intern(resources.requests()),
            interner.intern(resources.limits())));
  }

  /** Whether it runs for as long as its pod. */
  public boolean isLasting() {
    return role != Role.INIT;
  }
}
