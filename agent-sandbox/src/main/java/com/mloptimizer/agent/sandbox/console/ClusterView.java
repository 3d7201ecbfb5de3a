package com.mloptimizer.agent.sandbox.console;

import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.sandbox.console.ClusterItem.NodeItem;
import com.mloptimizer.agent.sandbox.console.ClusterItem.PodItem;
import com.mloptimizer.agent.sandbox.console.ClusterItem.WorkloadItem;
import java.net.URI;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as the console shows it, embedded or real: its nodes, pods and workloads, kept up to
 * date by watches. Thread-safe.
 */
public final class ClusterView implements AutoCloseable {
  /** A page with more is of no use to a person; the rest is counted. */
  private static final int MAX_PODS = 2000;

  private final KubernetesClient client;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final WatchedResource<NodeItem> nodes;
  private final WatchedResource<PodItem> pods;
  private final WatchedResource<WorkloadItem> deployments;
  private final WatchedResource<WorkloadItem> statefulSets;

  private ClusterView(KubernetesClient client) {
    this.client = client;
    this.nodes =
        new WatchedResource<>(client, ResourcePath.core("nodes"), NodeItem::read, this::changed);
    this.pods =
        new WatchedResource<>(client, ResourcePath.core("pods"), PodItem::read, this::changed);
    this.deployments = workloads("Deployment", "deployments");
    this.statefulSets = workloads("StatefulSet", "statefulsets");
  }

  /**
   * Starts to watch.
   *
   * @param client is closed with the view
   */
  public static ClusterView start(KubernetesClient client) {
    ClusterView view = new ClusterView(client);
    view.resources()
        .forEach(resource -> Thread.ofVirtual().name("console-watch").start(resource::run));
    return view;
  }

  @Override
  public void close() {
    resources().forEach(WatchedResource::stop);
    client.close();
  }

  void listen(Runnable onChange) {
    listeners.add(onChange);
  }

  Snapshot snapshot() {
    List<PodItem> allPods = pods.items();
    return new Snapshot(
        origin(client.server()),
        resources().flatMap(resource -> resource.problem().stream()).findFirst().orElse(null),
        nodes.items().stream()
            .sorted(Comparator.comparing(NodeItem::name, ByNumber.ORDER))
            .toList(),
        allPods.stream().sorted(Comparator.comparing(PodItem::key)).limit(MAX_PODS).toList(),
        Math.max(0, allPods.size() - MAX_PODS),
        Stream.concat(deployments.items().stream(), statefulSets.items().stream())
            .sorted(Comparator.comparing(WorkloadItem::key))
            .toList());
  }

  /** The cluster at one moment, as the page gets it. */
  record Snapshot(
      String server,
      @Nullable String problem,
      List<NodeItem> nodes,
      List<PodItem> pods,
      int podsNotShown,
      List<WorkloadItem> workloads) {}

  /** Without path and user, which may hold secrets. */
  private static String origin(String server) {
    URI uri = URI.create(server);
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port;
  }

  private WatchedResource<WorkloadItem> workloads(String kind, String resource) {
    return new WatchedResource<>(
        client,
        ResourcePath.group("apps", "v1", resource),
        parser -> WorkloadItem.read(kind, parser),
        this::changed);
  }

  private Stream<WatchedResource<?>> resources() {
    return Stream.of(nodes, pods, deployments, statefulSets);
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  /** {@code node-10} after {@code node-9}. */
  private static final class ByNumber {
    private static final Comparator<String> ORDER =
        Comparator.comparing((String name) -> name.replaceAll("[0-9]+$", ""))
            .thenComparingInt(String::length)
            .thenComparing(Comparator.naturalOrder());
  }
}
