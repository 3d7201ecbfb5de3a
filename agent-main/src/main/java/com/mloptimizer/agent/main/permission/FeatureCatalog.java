package com.mloptimizer.agent.main.permission;

import static com.mloptimizer.agent.main.permission.Permission.cluster;

import com.mloptimizer.agent.actuator.ActuatorComponent;
import com.mloptimizer.agent.core.action.ActionType;
import java.util.ArrayList;
import java.util.List;

/** Everything that the agent does. The chart's roles grant exactly this. */
public final class FeatureCatalog {
  private static final String CORE = "";
  private static final String APPS = "apps";

  private FeatureCatalog() {}

  /**
   * All features.
   *
   * @param namespace the agent's own
   */
  public static List<Feature> features(String namespace) {
    List<Feature> features = new ArrayList<>();
    features.add(metrics());
    features.add(
        new Feature(
            "events", List.of(cluster("list", CORE, "events"), cluster("watch", CORE, "events"))));
    features.add(journal(namespace));
    for (ActionType type : ActionType.values()) {
      if (ActuatorComponent.supportedTypes().contains(type)) {
        features.add(new Feature(type.capability(), permissions(type)));
      }
    }
    return List.copyOf(features);
  }

  private static Feature metrics() {
    List<Permission> permissions = new ArrayList<>();
    for (String verb : List.of("list", "watch")) {
      permissions.add(cluster(verb, CORE, "pods"));
      permissions.add(cluster(verb, CORE, "nodes"));
      for (String workload : List.of("deployments", "statefulsets", "daemonsets", "replicasets")) {
        permissions.add(cluster(verb, APPS, workload));
      }
    }
    permissions.add(cluster("list", "metrics.k8s.io", "pods"));
    permissions.add(cluster("list", "metrics.k8s.io", "nodes"));
    return new Feature("metrics", permissions);
  }

  private static Feature journal(String namespace) {
    String group = "agent.mloptimizer.com";
    List<Permission> permissions = new ArrayList<>();
    for (String verb : List.of("create", "get", "list", "delete")) {
      permissions.add(new Permission(verb, group, "agentactions", namespace));
    }
    permissions.add(new Permission("patch", group, "agentactions/status", namespace));
    permissions.add(cluster("create", CORE, "events"));
    return new Feature("journal", permissions);
  }

  private static List<Permission> permissions(ActionType type) {
    return switch (type) {
      case CORDON_NODE, UNCORDON_NODE, LABEL_NODE, TAINT_NODE ->
          List.of(cluster("get", CORE, "nodes"), cluster("patch", CORE, "nodes"));
      case DRAIN_NODE ->
          List.of(
              cluster("get", CORE, "nodes"),
              cluster("patch", CORE, "nodes"),
              cluster("list", CORE, "pods"),
              cluster("get", CORE, "pods"),
              cluster("create", CORE, "pods/eviction"),
              cluster("list", APPS, "daemonsets"),
              cluster("list", "policy", "poddisruptionbudgets"));
      case EVICT_POD ->
          List.of(
              cluster("get", CORE, "pods"),
              cluster("create", CORE, "pods/eviction"),
              cluster("list", "policy", "poddisruptionbudgets"));
      case SCALE_WORKLOAD -> {
        List<Permission> permissions = new ArrayList<>();
        for (String workload : List.of("deployments", "statefulsets", "replicasets")) {
          permissions.add(cluster("get", APPS, workload));
          permissions.add(cluster("update", APPS, workload + "/scale"));
        }
        permissions.add(cluster("list", "autoscaling", "horizontalpodautoscalers"));
        yield permissions;
      }
      case LABEL_RESOURCE, UPDATE_DEPLOYMENT, RESTART_ROLLOUT, RESIZE_POD, CANCEL_ACTION ->
          throw new IllegalArgumentException("no handler needs permissions for " + type);
    };
  }
}
