package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.cluster.ClusterWatch;
import com.mloptimizer.agent.collector.cluster.EventInfo;
import com.mloptimizer.agent.collector.cluster.EventTracker;
import com.mloptimizer.agent.collector.cluster.NodeInfo;
import com.mloptimizer.agent.collector.cluster.PodInfo;
import com.mloptimizer.agent.collector.cluster.UsageReader;
import com.mloptimizer.agent.collector.cluster.UsageSamples;
import com.mloptimizer.agent.collector.delivery.BatchWriter;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One collection: sample, join, write. Records are made as they are written, never all at once. */
final class Cycle {

  private static final Logger log = LoggerFactory.getLogger(Cycle.class);

  /** Less is too little for a metrics API under load; more would delay what is known without it. */
  private static final Duration MIN_SAMPLING = Duration.ofSeconds(5);

  private static final Duration MAX_SAMPLING = Duration.ofSeconds(30);

  private final ClusterWatch cluster;
  private final UsageReader usage;
  private final BatchWriter writer;
  private final EventMark mark;
  private final CollectorMetrics metrics;
  private final SkippedQuantities skipped;
  private final InstantSource clock;
  private boolean sampled = true;

  Cycle(
      ClusterWatch cluster,
      UsageReader usage,
      BatchWriter writer,
      EventMark mark,
      CollectorMetrics metrics,
      InstantSource clock) {
    this.cluster = cluster;
    this.usage = usage;
    this.writer = writer;
    this.mark = mark;
    this.metrics = metrics;
    this.skipped = new SkippedQuantities(metrics);
    this.clock = clock;
  }

  /** Collects once; answers why usage is missing, if it is. */
  Optional<String> run(TunableSettings settings) {
    UsageSamples samples = usage.read(samplingTime(settings.collectionInterval()));
    tellSampling(samples.problem());
    RecordJoin join =
        new RecordJoin(
            samples, cluster::replicaSet, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    EventTracker.Taken taken = cluster.takeEvents();
    Tally tally = new Tally();
    boolean complete =
        writer.write(records(join, taken.events()).peek(tally::count), settings.batchSize());
    if (complete && taken.upTo() > 0) {
      mark.write(taken.upTo());
    }
    tellSkipped(samples);
    metrics.eventsDropped(taken.lost());
    tally.tell();
    return samples.problem();
  }

  /** Half of the interval, so that a metrics API that hangs does not take the cadence with it. */
  private static Duration samplingTime(Duration interval) {
    Duration half = interval.dividedBy(2);
    Duration enough = half.compareTo(MIN_SAMPLING) < 0 ? MIN_SAMPLING : half;
    return enough.compareTo(MAX_SAMPLING) < 0 ? enough : MAX_SAMPLING;
  }

  private Stream<MetricRecord> records(RecordJoin join, List<EventInfo> events) {
    return Stream.of(nodes(join), pods(join), workloads(join), events.stream().map(join::event))
        .flatMap(each -> each);
  }

  private Stream<MetricRecord> nodes(RecordJoin join) {
    Map<String, Integer> podCounts = new HashMap<>();
    for (PodInfo pod : cluster.pods()) {
      String node = pod.nodeName();
      if (node != null && !pod.isFinished()) {
        podCounts.merge(node, 1, Integer::sum);
      }
    }
    boolean known = cluster.knowsPods();
    return cluster.nodes().stream().map(node -> join.node(node, podCount(node, known, podCounts)));
  }

  private static @Nullable Integer podCount(
      NodeInfo node, boolean known, Map<String, Integer> podCounts) {
    return known ? podCounts.getOrDefault(node.meta().name(), 0) : null;
  }

  private Stream<MetricRecord> pods(RecordJoin join) {
    return cluster.pods().stream().map(join::pod);
  }

  private Stream<MetricRecord> workloads(RecordJoin join) {
    return cluster.workloads().map(join::workload);
  }

  private void tellSkipped(UsageSamples samples) {
    for (NodeInfo node : cluster.nodes()) {
      skipped.add("node " + node.meta().name(), node.skipped());
    }
    for (PodInfo pod : cluster.pods()) {
      if (!pod.skipped().isEmpty()) {
        skipped.add("pod " + pod.meta().namespace() + "/" + pod.meta().name(), pod.skipped());
      }
    }
    samples.skipped().forEach(skipped::add);
    skipped.tell();
  }

  private void tellSampling(Optional<String> problem) {
    if (problem.isPresent() == sampled) {
      sampled = problem.isEmpty();
      problem.ifPresentOrElse(
          reason -> log.warn("Usage is not reported: {}", reason),
          () -> log.info("Usage is reported again"));
    }
  }

  /** What one collection wrote. */
  private final class Tally {
    private int nodes;
    private int pods;
    private int workloads;
    private int events;

    void count(MetricRecord record) {
      switch (record) {
        case NodeMetric node -> nodes++;
        case PodMetric pod -> pods++;
        case WorkloadMetric workload -> workloads++;
        case EventMetric event -> events++;
      }
    }

    void tell() {
      metrics.collected("node", nodes);
      metrics.collected("pod", pods);
      metrics.collected("workload", workloads);
      metrics.collected("event", events);
      log.info("Collected metrics for {} pods", pods);
      log.info("Collected metrics for {} nodes", nodes);
    }
  }
}
