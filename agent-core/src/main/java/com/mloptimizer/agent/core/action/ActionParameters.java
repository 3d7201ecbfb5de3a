package com.mloptimizer.agent.core.action;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an action asks for, one record a type; names and defaults are the protocol's. A {@code uid}
 * pins the very object: another object of the same name is not touched.
 */
public sealed interface ActionParameters {

  /** The type that these parameters belong to. */
  ActionType type();

  /** The object that the action is about. */
  Target target();

  /**
   * How long the action may take, counted from {@code issued_at}; empty if only its expiry limits
   * it.
   */
  default Optional<Duration> timeout() {
    return Optional.empty();
  }

  /** Evicts one pod, within the limits of its disruption budget, and waits until it is gone. */
  record EvictPod(
      String namespace,
      String podName,
      @Nullable String podUid,
      @Nullable Duration gracePeriod,
      Duration limit)
      implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.EVICT_POD;
    }

    @Override
    public Target target() {
      return new Target("Pod", namespace, podName);
    }

    @Override
    public Optional<Duration> timeout() {
      return Optional.of(limit);
    }
  }

  /** Marks a node unschedulable. */
  record CordonNode(String nodeName, @Nullable String nodeUid) implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.CORDON_NODE;
    }

    @Override
    public Target target() {
      return Target.node(nodeName);
    }
  }

  /** Marks a node schedulable again. */
  record UncordonNode(String nodeName, @Nullable String nodeUid) implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.UNCORDON_NODE;
    }

    @Override
    public Target target() {
      return Target.node(nodeName);
    }
  }

  /** Cordons a node and evicts its pods. */
  record DrainNode(
      String nodeName,
      @Nullable String nodeUid,
      @Nullable Duration gracePeriod,
      Duration limit,
      boolean force,
      boolean deleteEmptydirData,
      boolean ignoreDaemonsets,
      @Nullable String podSelector,
      boolean uncordonOnFailure)
      implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.DRAIN_NODE;
    }

    @Override
    public Target target() {
      return Target.node(nodeName);
    }

    @Override
    public Optional<Duration> timeout() {
      return Optional.of(limit);
    }
  }

  /** Sets labels of a node, or removes them; a removed label's value is not looked at. */
  record LabelNode(String nodeName, Map<String, String> labels, boolean remove)
      implements ActionParameters {
    public LabelNode {
      labels = Map.copyOf(labels);
    }

    @Override
    public ActionType type() {
      return ActionType.LABEL_NODE;
    }

    @Override
    public Target target() {
      return Target.node(nodeName);
    }
  }

  /** Sets taints of a node, or removes them. */
  record TaintNode(String nodeName, List<Taint> taints, boolean remove, boolean allowNoExecute)
      implements ActionParameters {
    public TaintNode {
      taints = List.copyOf(taints);
    }

    @Override
    public ActionType type() {
      return ActionType.TAINT_NODE;
    }

    @Override
    public Target target() {
      return Target.node(nodeName);
    }
  }

  /** Sets or removes labels of a Node, Pod, Namespace, Deployment, StatefulSet or DaemonSet. */
  record LabelResource(
      String kind,
      String name,
      @Nullable String namespace,
      Map<String, String> labels,
      boolean remove)
      implements ActionParameters {
    public LabelResource {
      labels = Map.copyOf(labels);
    }

    @Override
    public ActionType type() {
      return ActionType.LABEL_RESOURCE;
    }

    @Override
    public Target target() {
      return new Target(kind, namespace, name);
    }
  }

  /** Sets the replicas of a Deployment, StatefulSet or ReplicaSet. */
  record ScaleWorkload(
      String kind,
      String namespace,
      String name,
      int replicas,
      @Nullable Integer expectedReplicas,
      Duration waitFor,
      boolean allowPvcDeletion)
      implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.SCALE_WORKLOAD;
    }

    @Override
    public Target target() {
      return new Target(kind, namespace, name);
    }
  }

  /** Changes replicas, image or resources of a Deployment. */
  record UpdateDeployment(
      String namespace,
      String deploymentName,
      @Nullable Integer replicas,
      @Nullable String image,
      @Nullable String container,
      @Nullable Resources resources,
      Duration waitFor)
      implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.UPDATE_DEPLOYMENT;
    }

    @Override
    public Target target() {
      return new Target("Deployment", namespace, deploymentName);
    }
  }

  /** Restarts the pods of a Deployment, StatefulSet or DaemonSet by a rollout. */
  record RestartRollout(String kind, String namespace, String name, Duration waitFor)
      implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.RESTART_ROLLOUT;
    }

    @Override
    public Target target() {
      return new Target(kind, namespace, name);
    }
  }

  /** Changes the resources of a running pod's container in place. */
  record ResizePod(
      String namespace,
      String podName,
      @Nullable String podUid,
      String container,
      Resources resources,
      Duration waitFor)
      implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.RESIZE_POD;
    }

    @Override
    public Target target() {
      return new Target("Pod", namespace, podName);
    }
  }

  /** Cancels another action. */
  record CancelAction(ActionId actionId) implements ActionParameters {
    @Override
    public ActionType type() {
      return ActionType.CANCEL_ACTION;
    }

    @Override
    public Target target() {
      return Target.action(actionId);
    }
  }

  /** A taint as Kubernetes has it. */
  record Taint(String key, String value, String effect) {}

  /**
   * Resource quantities by name, in Kubernetes' notation; a null value removes the entry, a null
   * map leaves the whole side as it is.
   */
  record Resources(
      @Nullable Map<String, @Nullable String> requests,
      @Nullable Map<String, @Nullable String> limits) {
    public Resources {
      requests = copy(requests);
      limits = copy(limits);
    }

    // Map.copyOf takes no null values.
    private static @Nullable Map<String, @Nullable String> copy(
        @Nullable Map<String, @Nullable String> side) {
      return side == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(side));
    }
  }
}
