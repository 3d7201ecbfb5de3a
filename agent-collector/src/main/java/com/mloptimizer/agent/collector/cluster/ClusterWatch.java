package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.collector.cluster.Reflector.ReflectedResource;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonParser;

/**
 * Everything that is watched, each resource by a reflector on a virtual thread of its own, so that
 * one that is forbidden or slow holds up no other. Safe for use by several threads.
 */
public final class ClusterWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClusterWatch.class);

  private static final ListOptions ALL = ListOptions.all().leavingOutAnnotations();

  private final Cache<PodInfo> pods = new Cache<>();
  private final Cache<NodeInfo> nodes = new Cache<>();
  private final Cache<WorkloadInfo> deployments = new Cache<>();
  private final Cache<WorkloadInfo> statefulSets = new Cache<>();
  private final Cache<WorkloadInfo> daemonSets = new Cache<>();
  private final Cache<ReplicaSetInfo> replicaSets = new Cache<>();
  private final KubernetesClient client;
  private final Interner interner;
  private final WatchListener listener;
  private final Map<Store<?>, Reflector<?>> reflectors = new LinkedHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  // Written under this, read by anybody.
  private volatile EventTracker events;
  private volatile @Nullable Reflector<EventInfo> eventReflector;

  /**
   * Begins nothing yet.
   *
   * @param eventsUpTo the version up to which events were reported before; 0 if none were
   */
  public ClusterWatch(
      KubernetesClient client, Interner interner, long eventsUpTo, WatchListener listener) {
    this.client = client;
    this.interner = interner;
    this.listener = listener;
    this.events = new EventTracker(eventsUpTo);
    reflect("nodes", ResourcePath.core("nodes"), ALL, NodeInfo::read, nodes);
    reflect("pods", ResourcePath.core("pods"), ALL, PodInfo::read, pods);
    reflectApps("replicasets", ALL.withMetadataOnly(), ReplicaSetInfo::read, replicaSets);
    reflectApps("deployments", ALL, WorkloadInfo::readDeployment, deployments);
    reflectApps("statefulsets", ALL, WorkloadInfo::readStatefulSet, statefulSets);
    reflectApps("daemonsets", ALL, WorkloadInfo::readDaemonSet, daemonSets);
  }

  /** Reads an object with the help of an interner. */
  private interface ObjectReader<T> {
    T read(JsonParser parser, Interner interner);
  }

  private <T extends Tracked> void reflectApps(
      String resource, ListOptions options, ObjectReader<T> reader, Store<T> store) {
    reflect(resource, ResourcePath.group("apps", "v1", resource), options, reader, store);
  }

  private <T extends Tracked> void reflect(
      String resource,
      ResourcePath path,
      ListOptions options,
      ObjectReader<T> reader,
      Store<T> store) {
    reflectors.put(store, reflector(resource, path, options, reader, store));
  }

  private <T extends Tracked> Reflector<T> reflector(
      String resource,
      ResourcePath path,
      ListOptions options,
      ObjectReader<T> reader,
      Store<T> store) {
    ReflectedResource<T> reflected =
        new ReflectedResource<>(resource, path, options, parser -> reader.read(parser, interner));
    return new Reflector<>(client, reflected, store, listener);
  }

  /** Begins to list and watch all but events. */
  public synchronized void start() {
    reflectors.values().forEach(this::start);
  }

  /**
   * Begins or ends to list and watch events; nothing if it is so already. What happens while they
   * are not watched is found in the next list, as far as the API server still keeps it.
   */
  public synchronized void watchEvents(boolean wanted) {
    Reflector<EventInfo> current = eventReflector;
    if (wanted && current == null) {
      current = reflector("events", ResourcePath.core("events"), ALL, EventInfo::read, events);
      eventReflector = current;
      start(current);
    } else if (!wanted && current != null) {
      current.close();
      eventReflector = null;
      // What the reflector may still put into the tracker that it has is nobody's any more.
      events = new EventTracker(events.upTo());
    }
  }

  private void start(Reflector<?> reflector) {
    threads.removeIf(thread -> !thread.isAlive());
    threads.add(Thread.ofVirtual().name("watch-" + reflector.name()).start(() -> run(reflector)));
  }

  /** All that is meant to run, that of the events included. */
  private Stream<Reflector<?>> running() {
    return Stream.concat(reflectors.values().stream(), Stream.ofNullable(eventReflector));
  }

  private void run(Reflector<?> reflector) {
    try {
      reflector.run();
    } catch (InterruptedException e) {
      log.debug("Stopped watching {}", reflector.name());
    } catch (Throwable e) {
      // A defect of ours, or no memory; the collector's loop finds it and starts over.
      failure.compareAndSet(null, e);
      log.error("Watching {} failed", reflector.name(), e);
    }
  }

  /** What ended a reflector that should have gone on, which is a defect. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure.get());
  }

  /**
   * The resources that have neither been listed nor been refused. Events are never among them: they
   * are no part of what the cluster is, and nothing has to wait for them.
   */
  public List<String> unsettled() {
    return reflectors.values().stream()
        .filter(each -> !each.isSettled())
        .map(Reflector::name)
        .toList();
  }

  /** What keeps any of it from being up to date. */
  public List<String> problems() {
    return running().map(Reflector::problem).flatMap(Optional::stream).toList();
  }

  /**
   * All pods; none before they were all listed, since a part of them would pass for all that there
   * are. So it is with the others.
   */
  public Collection<PodInfo> pods() {
    return whole(pods);
  }

  /** Whether the pods are known. */
  public boolean knowsPods() {
    return isSynced(pods);
  }

  /** All nodes. */
  public Collection<NodeInfo> nodes() {
    return whole(nodes);
  }

  /** All Deployments, StatefulSets and DaemonSets. */
  public Stream<WorkloadInfo> workloads() {
    return Stream.of(deployments, statefulSets, daemonSets).flatMap(each -> whole(each).stream());
  }

  /** A ReplicaSet. */
  public Optional<ReplicaSetInfo> replicaSet(String uid) {
    return replicaSets.get(uid);
  }

  /** The events since the last call. */
  public EventTracker.Taken takeEvents() {
    return events.take();
  }

  private <T extends Tracked> Collection<T> whole(Cache<T> cache) {
    return isSynced(cache) ? cache.all() : List.of();
  }

  private boolean isSynced(Cache<?> cache) {
    Reflector<?> reflector = reflectors.get(cache);
    return reflector != null && reflector.isSynced();
  }

  /** Ends all watches. */
  @Override
  public synchronized void close() {
    running().forEach(Reflector::close);
    threads.forEach(Thread::interrupt);
  }
}
