package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.cluster.ClusterWatch;
import com.mloptimizer.agent.collector.cluster.Interner;
import com.mloptimizer.agent.collector.cluster.UsageReader;
import com.mloptimizer.agent.collector.delivery.BatchSender;
import com.mloptimizer.agent.collector.delivery.BatchWriter;
import com.mloptimizer.agent.collector.delivery.DeliveryMetrics;
import com.mloptimizer.agent.collector.spool.Spool;
import com.mloptimizer.agent.collector.spool.SpoolListener;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The collector's loop: a cycle at a fixed rate, from the caches to the spool. Its watches and its
 * sender live as long as a run does; the spool, and the numbers of its batches, as long as this
 * object.
 */
public final class Collector implements Component, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Collector.class);

  /** Far beyond what sampling may take, and a slow disk may add. */
  private static final Duration PROGRESS_BOUND = Duration.ofSeconds(150);

  /** So soon a changed interval holds. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration SYNC_PAUSE = Duration.ofMillis(20);

  private final KubernetesClient client;
  private final Supplier<TunableSettings> tunables;
  private final CollectorSettings settings;
  private final ComponentHealth health;
  private final Ticker ticker;
  private final InstantSource clock;
  private final BatchSink sink;
  private final BackendRetry retry;
  private final ProtocolCodec codec = new ProtocolCodec();
  private final CollectorMetrics metrics;
  private final DeliveryMetrics delivery;
  private final Spool spool;
  private final BatchWriter writer;
  private final EventMark mark;
  private final StopSignal stop = new StopSignal();

  private volatile @Nullable ClusterWatch watch;

  /**
   * A collector that does nothing yet.
   *
   * @param tunables the settings in force; asked for each cycle
   * @param sink where batches go
   * @param retry how it is tried again
   * @param registry where its metrics are registered
   */
  public Collector(
      KubernetesClient client,
      AgentIdentity identity,
      Supplier<TunableSettings> tunables,
      CollectorSettings settings,
      BatchSink sink,
      BackendRetry retry,
      ComponentHealth health,
      CollectorRegistry registry,
      InstantSource clock,
      Ticker ticker) {
    this.client = client;
    this.tunables = tunables;
    this.settings = settings;
    this.sink = sink;
    this.retry = retry;
    this.health = health;
    this.clock = clock;
    this.ticker = ticker;
    this.metrics = new CollectorMetrics(registry);
    this.delivery = new DeliveryMetrics(registry);
    this.spool = new Spool(settings.spoolDirectory(), settings.spoolBytes(), new Losses(delivery));
    DeliveryMetrics.registerSpoolBytes(registry, spool::waitingBytes);
    this.writer = new BatchWriter(identity, codec, spool, delivery, clock);
    this.mark = new EventMark(settings.spoolDirectory());
  }

  @Override
  public ComponentName name() {
    return ComponentName.COLLECTOR;
  }

  @Override
  public Duration progressBound() {
    return PROGRESS_BOUND;
  }

  /** Whether every resource that may be watched is known. */
  public Readiness readiness() {
    return new CachesSynced(() -> watch);
  }

  /** How many batches were lost since the process began. */
  public long droppedBatches() {
    return delivery.droppedTotal();
  }

  @Override
  public void run() throws InterruptedException {
    Interner interner = new Interner();
    ComponentHealth sending = new ComponentHealth(name(), clock, ticker);
    BatchSender sender = new BatchSender(spool, writer, sink, codec, delivery, retry, sending);
    SenderThread delivering = SenderThread.start(sender);
    try (ClusterWatch cluster = new ClusterWatch(client, interner, mark.read(), metrics)) {
      watch = cluster;
      cluster.watchEvents(tunables.get().eventCollection());
      cluster.start();
      awaitCaches(cluster);
      UsageReader usage = new UsageReader(client, interner, health::progress);
      Cycle cycle = new Cycle(cluster, usage, writer, mark, metrics, clock);
      loop(cycle, cluster, delivering);
    } finally {
      delivering.finish(stop.isRequested() ? settings.stopTimeout() : Duration.ZERO);
    }
  }

  private void awaitCaches(ClusterWatch cluster) throws InterruptedException {
    long began = ticker.nanos();
    while (!cluster.unsettled().isEmpty()
        && ticker.nanos() - began < SYNC_TIMEOUT.toNanos()
        && !stop.await(SYNC_PAUSE)) {
      health.progress();
    }
  }

  private void loop(Cycle cycle, ClusterWatch cluster, SenderThread delivering)
      throws InterruptedException {
    Cadence cadence = new Cadence(ticker.nanos(), tunables.get().collectionInterval());
    while (!stop.isRequested()) {
      TunableSettings current = tunables.get();
      cadence.every(current.collectionInterval(), ticker.nanos());
      cluster.watchEvents(current.eventCollection());
      cluster.failure().ifPresent(Collector::rethrow);
      delivering.failure().ifPresent(Collector::rethrow);
      Duration pause = cadence.untilDue(ticker.nanos());
      if (pause.isPositive()) {
        stop.await(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE);
        health.progress();
        continue;
      }
      long began = ticker.nanos();
      Optional<String> unsampled = cycle.run(current);
      metrics.took((ticker.nanos() - began) / 1e9);
      report(cluster, unsampled, delivering.sender());
      long missed = cadence.ended(ticker.nanos());
      if (missed > 0) {
        log.warn("A collection took longer than its interval; skipping {}", missed);
        metrics.skipped(missed);
      }
    }
  }

  private void report(ClusterWatch cluster, Optional<String> unsampled, BatchSender sender) {
    List<String> own =
        Stream.of(cluster.problems().stream(), unsampled.stream(), writer.problem().stream())
            .flatMap(each -> each)
            .toList();
    Optional<String> undelivered = sender.problem();
    if (!own.isEmpty()) {
      health.failed(String.join("; ", Stream.concat(own.stream(), undelivered.stream()).toList()));
    } else if (undelivered.isPresent()) {
      // What is collected waits on disk: that the backend is away is no collection that failed.
      health.succeededDespite(undelivered.get());
    } else {
      health.succeeded();
    }
  }

  private static void rethrow(Throwable e) {
    throw new IllegalStateException("a thread of the collector failed: " + e, e);
  }

  @Override
  public void stop() {
    stop.request();
  }

  /** Closes the spool, once no run is under way any more; what waits in it stays on disk. */
  @Override
  public void close() {
    stop();
    spool.close();
  }

  /** Counts what the spool loses, and says so: a line for what made room, one for each damage. */
  private record Losses(DeliveryMetrics metrics) implements SpoolListener {
    @Override
    public void evicted(int entries) {
      log.warn("The spool is full: dropped the {} oldest batches", entries);
      metrics.dropped(DeliveryMetrics.Loss.EVICTED, entries);
    }

    @Override
    public void damaged(int entries, String where) {
      log.warn("The spool is damaged at {}: lost {} batches", where, entries);
      metrics.dropped(DeliveryMetrics.Loss.DAMAGED, entries);
    }
  }
}
