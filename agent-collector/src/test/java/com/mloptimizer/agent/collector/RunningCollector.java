package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.JsonBody;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A collector on a thread of its own that collects as often as it can, and what it delivered. */
final class RunningCollector implements AutoCloseable {

  private static final Duration INTERVAL = Duration.ofMillis(250);
  private static final long DEADLINE_SECONDS = 60;

  private final ProtocolCodec codec = new ProtocolCodec();
  private final LinkedBlockingQueue<MetricsBatch> batches = new LinkedBlockingQueue<>();
  private final List<Long> sequences = new CopyOnWriteArrayList<>();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.COLLECTOR, InstantSource.system(), Ticker.system());
  private final Collector collector;
  private final Thread thread;
  private volatile boolean backendAway;
  private volatile @Nullable Error defect;
  private volatile TunableSettings tunables = tunables(INTERVAL, 40, true);
  private volatile @Nullable RuntimeException ended;
  private @Nullable MetricRecord ahead;
  private List<MetricRecord> buffered = List.of();

  /** What one collection said. */
  record Collected(List<MetricRecord> records) {
    <T extends MetricRecord> List<T> all(Class<T> type) {
      return records.stream().filter(type::isInstance).map(type::cast).toList();
    }

    Stream<PodMetric> podsOf(String namespace) {
      return all(PodMetric.class).stream().filter(pod -> pod.namespace().equals(namespace));
    }
  }

  RunningCollector(KubernetesClient client, Path folder) {
    collector =
        new Collector(
            client,
            new AgentIdentity("it", "it", "boot"),
            () -> tunables,
            CollectorSettings.in(folder.resolve("spool")),
            this::receive,
            new BackendRetry(
                new Backoff(Duration.ofMillis(10), Duration.ofMillis(20), () -> 0.5),
                new BackendMetrics(registry),
                Ticker.system()),
            health,
            registry,
            InstantSource.system(),
            Ticker.system());
    thread = Thread.ofPlatform().name("collector").start(this::run);
  }

  private void run() {
    try {
      collector.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      ended = e;
    }
  }

  private BackendAnswer<Backend.Nothing> receive(JsonBody batch, String key) {
    Error thrown = defect;
    if (thrown != null) {
      throw thrown;
    }
    if (backendAway) {
      return new BackendAnswer.RetryLater<>("away", null);
    }
    try {
      MetricsBatch decoded = codec.decode(batch.json(1 << 20), MetricsBatch.class);
      sequences.add(decoded.sequence());
      batches.add(decoded);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BackendAnswer.Done<>(Backend.Nothing.NOTHING);
  }

  /** As a remote configuration would. */
  void tune(Duration interval, int batchSize) {
    tunables = tunables(interval, batchSize, true);
  }

  /** As a remote configuration would. */
  void collectEvents(boolean wanted) {
    tunables = tunables(tunables.collectionInterval(), tunables.batchSize(), wanted);
  }

  private static TunableSettings tunables(Duration interval, int batchSize, boolean events) {
    return new TunableSettings(interval, interval, interval, batchSize, "INFO", events);
  }

  /** The next batch that is delivered. */
  MetricsBatch nextBatch() throws InterruptedException {
    MetricsBatch batch = batches.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    if (batch == null) {
      throw new AssertionError("nothing delivered; health " + status() + ", ended by " + ended);
    }
    return batch;
  }

  /** The numbers of all batches so far, as they came. */
  List<Long> sequences() {
    return List.copyOf(sequences);
  }

  void backendAway(boolean away) {
    backendAway = away;
  }

  /** What the collector does when sending ends with this; it must end itself. */
  RuntimeException endsWith(Error error) throws InterruptedException {
    defect = error;
    thread.join(Duration.ofSeconds(DEADLINE_SECONDS));
    RuntimeException cause = ended;
    ended = null;
    if (cause == null) {
      throw new AssertionError("did not end; health " + status());
    }
    return cause;
  }

  ComponentStatus status() {
    return health.status();
  }

  Collector collector() {
    return collector;
  }

  double metric(String name, String label, String value) {
    Double sample = registry.getSampleValue(name, new String[] {label}, new String[] {value});
    return sample == null ? 0 : sample;
  }

  double metric(String name) {
    return registry.getSampleValue(name);
  }

  double collections() {
    return metric("agent_collection_duration_seconds_count");
  }

  /** The first collection from now on of which this holds. */
  Collected awaitCollected(Predicate<Collected> wanted) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    Collected last = new Collected(List.of());
    while (System.nanoTime() < deadline) {
      last = nextCollection();
      if (wanted.test(last)) {
        return last;
      }
    }
    throw new AssertionError(
        "never collected; health " + status() + ", last " + last.records().size() + " records");
  }

  /** All records with one timestamp, which only events don't have; a cycle begins with nodes. */
  private Collected nextCollection() throws InterruptedException {
    List<MetricRecord> records = new ArrayList<>();
    Instant timestamp = null;
    while (true) {
      MetricRecord record = nextRecord();
      if (record instanceof NodeMetric node) {
        if (timestamp != null && !node.timestamp().equals(timestamp)) {
          ahead = record;
          return new Collected(List.copyOf(records));
        }
        timestamp = node.timestamp();
      }
      records.add(record);
    }
  }

  private MetricRecord nextRecord() throws InterruptedException {
    MetricRecord first = ahead;
    if (first != null) {
      ahead = null;
      return first;
    }
    while (buffered.isEmpty()) {
      buffered = nextBatch().metrics();
    }
    MetricRecord record = buffered.getFirst();
    buffered = buffered.subList(1, buffered.size());
    return record;
  }

  @Override
  public void close() {
    collector.stop();
    try {
      thread.join(Duration.ofSeconds(20));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    assertThat(thread.isAlive()).as("the collector stops").isFalse();
    collector.close();
    assertThat(ended).isNull();
  }
}
