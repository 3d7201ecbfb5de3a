package com.mloptimizer.agent.main.permission;

import static com.mloptimizer.agent.main.permission.Permission.cluster;

import com.mloptimizer.agent.actuator.ActuatorComponent;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Everything that the agent does. The chart's roles grant exactly this. */
public final class FeatureCatalog {
  private static final String CORE = "";
  private static final String APPS = "apps";

  private FeatureCatalog() {}

  /**
   * All features.
   *
   * @param namespace the agent's own
   * @param allowed the types of action that it is configured for
   */
  public static List<Feature> features(String namespace, Set<ActionType> allowed) {
    List<Feature> features = new ArrayList<>();
    features.add(metrics());
    features.add(
        new Feature(
            "events", List.of(cluster("list", CORE, "events"), cluster("watch", CORE, "events"))));
    features.add(journal(namespace));
    for (ActionType type : ActionType.values()) {
      // Cancelling makes the agent do less: no configuration forbids it.
      boolean configured = allowed.contains(type) || type == ActionType.CANCEL_ACTION;
      if (configured && ActuatorComponent.supportedTypes().contains(type)) {
        features.add(new Feature(type.capability(), permissions(type)));
      }
    }
    return List.copyOf(features);
  }

  /**
   * What sharing the work with other replicas needs; not announced to the backend.
   *
   * @param namespace the agent's own
   * @param lease the name of the one that they share; RBAC cannot limit creating to it
   */
  public static Feature leaderElection(String namespace, String lease) {
    return new Feature(
        "leader election",
        Stream.of("get", "create", "update")
            .map(verb ->
                new Permission(
                    verb,
                    "coordination.k8s.io",
                    "leases",
                    namespace,
                    verb.equals("create") ? "" : lease))
            .toList());
  }

  /**
   * What the guardrails must be able to read; not announced to the backend.
   *
   * @param namespace the agent's own
   * @param inPod whether the agent knows its own pod, by which it finds its kill switch
   */
  public static Feature guardrails(
      String namespace, boolean inPod, GuardrailConfiguration configuration) {
    List<Permission> permissions = new ArrayList<>();
    if (inPod) {
      permissions.add(Permission.in(namespace, "get", CORE, "pods"));
      permissions.add(Permission.in(namespace, "get", APPS, "replicasets"));
      permissions.add(Permission.in(namespace, "get", APPS, "deployments"));
    }
    if (configuration.maxUnavailableNodes() != null) {
      permissions.add(cluster("list", CORE, "nodes"));
    }
    return new Feature("guardrails", permissions);
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
      permissions.add(Permission.in(namespace, verb, group, "agentactions"));
    }
    for (String verb : List.of("patch", "update")) {
      permissions.add(Permission.in(namespace, verb, group, "agentactions/status"));
    }
    permissions.add(cluster("create", CORE, "events"));
    return new Feature("journal", permissions);
  }

  private static List<Permission> permissions(ActionType type) {
    return switch (type) {
      case CORDON_NODE, UNCORDON_NODE, LABEL_NODE ->
          List.of(cluster("get", CORE, "nodes"), cluster("patch", CORE, "nodes"));
      case TAINT_NODE ->
          List.of(
              cluster("get", CORE, "nodes"),
              cluster("patch", CORE, "nodes"),
              cluster("list", CORE, "pods"));
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
      case LABEL_RESOURCE -> {
        List<Permission> permissions = new ArrayList<>();
        for (String verb : List.of("get", "patch")) {
          for (String resource : List.of("nodes", "pods", "namespaces")) {
            permissions.add(cluster(verb, CORE, resource));
          }
          for (String workload : List.of("deployments", "statefulsets", "daemonsets")) {
            permissions.add(cluster(verb, APPS, workload));
          }
        }
        yield permissions;
      }
      case UPDATE_DEPLOYMENT ->
          List.of(
              cluster("get", APPS, "deployments"),
              cluster("patch", APPS, "deployments"),
              cluster("list", "autoscaling", "horizontalpodautoscalers"));
      case RESTART_ROLLOUT -> {
        List<Permission> permissions = new ArrayList<>();
        for (String workload : List.of("deployments", "statefulsets", "daemonsets")) {
          permissions.add(cluster("get", APPS, workload));
          permissions.add(cluster("patch", APPS, workload));
        }
        yield permissions;
      }
      case RESIZE_POD ->
          List.of(cluster("get", CORE, "pods"), cluster("patch", CORE, "pods/resize"));
      // Written into the journal, which has permissions of its own.
      case CANCEL_ACTION -> List.of();
    };
  }
}
