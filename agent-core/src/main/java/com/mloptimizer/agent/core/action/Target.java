package com.mloptimizer.agent.core.action;

import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The object that an action is about.
 *
 * @param kind the Kubernetes kind, for example {@code Node}
 * @param namespace its namespace; null for what has none
 * @param name its name
 */
public record Target(String kind, @Nullable String namespace, String name) {
  private static final String ACTION = "AgentAction";
  private static final Set<String> CORE = Set.of("Node", "Pod", "Namespace");

  static Target node(String name) {
    return new Target("Node", null, name);
  }

  /** The action of that id, which another one is about. */
  public static Target action(ActionId id) {
    return new Target(ACTION, null, id.value());
  }

  /** Whether it is an action, and no object that the cluster would have without the agent. */
  public boolean isAction() {
    return kind.equals(ACTION);
  }

  /**
   * The kind's API version, {@code v1} or {@code apps/v1}.
   *
   * @throws IllegalStateException if it is an action
   */
  public String apiVersion() {
    if (isAction()) {
      throw new IllegalStateException("where an action is kept is the journal's business");
    }
    return CORE.contains(kind) ? "v1" : "apps/v1";
  }

  /**
   * Where the API server has it.
   *
   * @throws IllegalStateException if it is an action
   */
  public ResourcePath path() {
    String resource = kind.toLowerCase(Locale.ROOT) + "s";
    ResourcePath all =
        apiVersion().equals("v1")
            ? ResourcePath.core(resource)
            : ResourcePath.group("apps", "v1", resource);
    return (namespace == null ? all : all.namespace(namespace)).name(name);
  }

  /** {@code Kind/name} or {@code Kind/namespace/name}. */
  @Override
  public String toString() {
    return namespace == null ? kind + "/" + name : kind + "/" + namespace + "/" + name;
  }
}
