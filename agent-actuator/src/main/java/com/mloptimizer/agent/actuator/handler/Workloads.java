package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Locale;

/** Where the kinds of {@code apps/v1} are. */
final class Workloads {
  private Workloads() {}

  /** All objects of a kind such as {@code Deployment}. */
  static ResourcePath resource(String kind) {
    return ResourcePath.group("apps", "v1", kind.toLowerCase(Locale.ROOT) + "s");
  }

  static ResourcePath path(String kind, String namespace, String name) {
    return resource(kind).namespace(namespace).name(name);
  }
}
