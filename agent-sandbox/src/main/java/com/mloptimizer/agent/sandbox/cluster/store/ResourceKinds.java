package com.mloptimizer.agent.sandbox.cluster.store;

import static com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait.GENERATION;
import static com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait.SCALE;
import static com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait.STATUS;
import static com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.cluster;
import static com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.namespaced;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** The kinds that the API serves: this table, and what CustomResourceDefinitions add. */
public final class ResourceKinds {
  public static final ResourceKind NODE =
      cluster("", "v1", "Node", "nodes").shortNames("no").with(STATUS);
  public static final ResourceKind NAMESPACE =
      cluster("", "v1", "Namespace", "namespaces").shortNames("ns").with(STATUS);
  public static final ResourceKind POD =
      namespaced("", "v1", "Pod", "pods").shortNames("po").inAll().with(STATUS, GENERATION);
  public static final ResourceKind EVENT = namespaced("", "v1", "Event", "events").shortNames("ev");
  public static final ResourceKind CLAIM =
      namespaced("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
          .shortNames("pvc")
          .with(STATUS);
  public static final ResourceKind DEPLOYMENT =
      namespaced("apps", "v1", "Deployment", "deployments")
          .shortNames("deploy")
          .inAll()
          .with(STATUS, SCALE, GENERATION);
  public static final ResourceKind REPLICA_SET =
      namespaced("apps", "v1", "ReplicaSet", "replicasets")
          .shortNames("rs")
          .inAll()
          .with(STATUS, SCALE, GENERATION);
  public static final ResourceKind STATEFUL_SET =
      namespaced("apps", "v1", "StatefulSet", "statefulsets")
          .shortNames("sts")
          .inAll()
          .with(STATUS, SCALE, GENERATION);
  public static final ResourceKind DAEMON_SET =
      namespaced("apps", "v1", "DaemonSet", "daemonsets")
          .shortNames("ds")
          .inAll()
          .with(STATUS, GENERATION);
  public static final ResourceKind BUDGET =
      namespaced("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
          .shortNames("pdb")
          .with(STATUS, GENERATION);
  public static final ResourceKind DEFINITION =
      cluster("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions")
          .shortNames("crd", "crds")
          .with(STATUS, GENERATION);

  private static final List<ResourceKind> BUILT_IN =
      List.of(
          namespaced("", "v1", "ConfigMap", "configmaps").shortNames("cm"),
          EVENT,
          namespaced("", "v1", "LimitRange", "limitranges").shortNames("limits"),
          NAMESPACE,
          NODE,
          CLAIM,
          cluster("", "v1", "PersistentVolume", "persistentvolumes").shortNames("pv").with(STATUS),
          POD,
          namespaced("", "v1", "ResourceQuota", "resourcequotas").shortNames("quota").with(STATUS),
          namespaced("", "v1", "Secret", "secrets"),
          namespaced("", "v1", "ServiceAccount", "serviceaccounts").shortNames("sa"),
          namespaced("", "v1", "Service", "services").shortNames("svc").inAll().with(STATUS),
          DEFINITION,
          DAEMON_SET,
          DEPLOYMENT,
          REPLICA_SET,
          STATEFUL_SET,
          namespaced("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
              .alsoIn("v1")
              .shortNames("hpa")
              .inAll()
              .with(STATUS),
          namespaced("batch", "v1", "CronJob", "cronjobs")
              .shortNames("cj")
              .inAll()
              .with(STATUS, GENERATION),
          namespaced("batch", "v1", "Job", "jobs").inAll().with(STATUS, GENERATION),
          namespaced("coordination.k8s.io", "v1", "Lease", "leases"),
          BUDGET,
          cluster("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses").shortNames("pc"),
          cluster("storage.k8s.io", "v1", "StorageClass", "storageclasses").shortNames("sc"));

  private final CopyOnWriteArrayList<ResourceKind> custom = new CopyOnWriteArrayList<>();

  /** Every kind, the built-in ones first. */
  public Stream<ResourceKind> all() {
    return Stream.concat(BUILT_IN.stream(), custom.stream());
  }

  /** The kind behind a path such as {@code /apis/apps/v1/deployments}. */
  public Optional<ResourceKind> find(String group, String version, String plural) {
    return all()
        .filter(kind -> kind.group().equals(group) && kind.plural().equals(plural))
        .filter(kind -> kind.versions().contains(version))
        .findFirst();
  }

  /** The kind that an object says it is of. */
  public Optional<ResourceKind> of(String apiVersion, String kindName) {
    return all()
        .filter(kind -> kind.kind().equals(kindName))
        .filter(kind -> kind.versions().stream().map(kind::apiVersion).anyMatch(apiVersion::equals))
        .findFirst();
  }

  /** Serves these custom kinds, and no other custom ones. */
  public void serveCustom(List<ResourceKind> kinds) {
    custom.addAll(kinds);
    custom.removeIf(kind -> !kinds.contains(kind));
  }
}
