package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.collector.cluster.Reflector.ReflectedResource;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is watched, each resource by a reflector on a virtual thread of its own, so that
 * one that is forbidden or slow holds up no other. Safe for use by several threads.
 */
public final class ClusterWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClusterWatch.class);
  private static final String APPS = "apps";
  private static final String V1 = "v1";

  private final Cache<PodInfo> pods = new Cache<>();
  private final Cache<NodeInfo> nodes = new Cache<>();
  private final Cache<WorkloadInfo> deployments = new Cache<>();
  private final Cache<WorkloadInfo> statefulSets = new Cache<>();
  private final Cache<WorkloadInfo> daemonSets = new Cache<>();
  private final Cache<ReplicaSetInfo> replicaSets = new Cache<>();
  private final EventTracker events = new EventTracker();
  private final List<Reflector<?>> reflectors;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /**
   * Begins nothing yet.
   *
   * @param onRestart told a resource's name whenever its watch had to be opened anew
   */
  public ClusterWatch(KubernetesClient client, Interner interner, Consumer<String> onRestart) {
    ListOptions all = ListOptions.all();
    this.reflectors =
        List.of(
            reflector(
                client,
                new ReflectedResource<>(
                    "nodes",
                    ResourcePath.core("nodes"),
                    all,
                    parser -> NodeInfo.read(parser, interner)),
                nodes,
                onRestart),
            reflector(
                client,
                new ReflectedResource<>(
                    "pods",
                    ResourcePath.core("pods"),
                    all,
                    parser -> PodInfo.read(parser, interner)),
                pods,
                onRestart),
            reflector(
                client,
                new ReflectedResource<>(
                    "replicasets",
                    ResourcePath.group(APPS, V1, "replicasets"),
                    all.withMetadataOnly(),
                    parser -> ReplicaSetInfo.read(parser, interner)),
                replicaSets,
                onRestart),
            scalable(client, "Deployment", "deployments", deployments, interner, onRestart),
            scalable(client, "StatefulSet", "statefulsets", statefulSets, interner, onRestart),
            reflector(
                client,
                new ReflectedResource<>(
                    "daemonsets",
                    ResourcePath.group(APPS, V1, "daemonsets"),
                    all,
                    parser -> WorkloadInfo.readDaemonSet(parser, interner)),
                daemonSets,
                onRestart),
            reflector(
                client,
                new ReflectedResource<>(
                    "events",
                    ResourcePath.core("events"),
                    all,
                    parser -> EventInfo.read(parser, interner)),
                events,
                onRestart));
  }

  private static Reflector<WorkloadInfo> scalable(
      KubernetesClient client,
      String kind,
      String resource,
      Store<WorkloadInfo> store,
      Interner interner,
      Consumer<String> onRestart) {
    return reflector(
        client,
        new ReflectedResource<>(
            resource,
            ResourcePath.group(APPS, V1, resource),
            ListOptions.all(),
            parser -> WorkloadInfo.readScalable(kind, parser, interner)),
        store,
        onRestart);
  }

  private static <T extends Tracked> Reflector<T> reflector(
      KubernetesClient client,
      ReflectedResource<T> resource,
      Store<T> store,
      Consumer<String> onRestart) {
    return new Reflector<>(client, resource, store, () -> onRestart.accept(resource.name()));
  }

  /** Begins to list and watch. */
  public void start() {
    for (Reflector<?> reflector : reflectors) {
      threads.add(Thread.ofVirtual().name("watch-" + reflector.name()).start(() -> run(reflector)));
    }
  }

  private void run(Reflector<?> reflector) {
    try {
      reflector.run();
    } catch (InterruptedException e) {
      log.debug("Stopped watching {}", reflector.name());
    } catch (RuntimeException e) {
      // A defect of ours; the collector's loop finds it and starts over.
      log.error("Watching {} failed", reflector.name(), e);
      failure.compareAndSet(null, e);
    }
  }

  /** What ended a reflector that should have gone on, which is a defect. */
  public Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure.get());
  }

  /** Whether every resource has either been listed or been refused. */
  public boolean isSettled() {
    return reflectors.stream().allMatch(Reflector::isSettled);
  }

  /** The resources that were never listed to their end. */
  public List<String> unsynced() {
    return reflectors.stream().filter(each -> !each.isSynced()).map(Reflector::name).toList();
  }

  /** What keeps any of it from being up to date. */
  public List<String> problems() {
    return reflectors.stream().map(Reflector::problem).flatMap(Optional::stream).toList();
  }

  /** All pods. */
  public Collection<PodInfo> pods() {
    return pods.all();
  }

  /** All nodes. */
  public Collection<NodeInfo> nodes() {
    return nodes.all();
  }

  /** All Deployments, StatefulSets and DaemonSets. */
  public Stream<WorkloadInfo> workloads() {
    return Stream.of(deployments, statefulSets, daemonSets).flatMap(cache -> cache.all().stream());
  }

  /** A ReplicaSet. */
  public Optional<ReplicaSetInfo> replicaSet(String uid) {
    return replicaSets.get(uid);
  }

  /** The events since the last call. */
  public List<EventInfo> takeEvents() {
    return events.take();
  }

  /** Ends all watches. */
  @Override
  public void close() {
    reflectors.forEach(Reflector::close);
    threads.forEach(Thread::interrupt);
  }
}
