package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.cluster.ClusterWatch;
import com.mloptimizer.agent.collector.cluster.EventInfo;
import com.mloptimizer.agent.collector.cluster.NodeInfo;
import com.mloptimizer.agent.collector.cluster.PodInfo;
import com.mloptimizer.agent.collector.cluster.UsageReader;
import com.mloptimizer.agent.collector.cluster.UsageSamples;
import com.mloptimizer.agent.collector.delivery.BatchWriter;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One collection: sample, join, write. */
final class Cycle {

  private static final Logger log = LoggerFactory.getLogger(Cycle.class);

  private final ClusterWatch cluster;
  private final UsageReader usage;
  private final BatchWriter writer;
  private final CollectorMetrics metrics;
  private final InstantSource clock;
  private boolean sampled = true;

  Cycle(
      ClusterWatch cluster,
      UsageReader usage,
      BatchWriter writer,
      CollectorMetrics metrics,
      InstantSource clock) {
    this.cluster = cluster;
    this.usage = usage;
    this.writer = writer;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Collects once; answers why usage is missing, if it is. */
  Optional<String> run(TunableSettings settings) {
    UsageSamples samples = usage.read();
    tellSampling(samples.problem());
    RecordJoin join =
        new RecordJoin(
            samples, cluster::replicaSet, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    List<MetricRecord> records = new ArrayList<>();
    int nodes = addNodes(records, join);
    int pods = addPods(records, join);
    int workloads = addWorkloads(records, join);
    int events = addEvents(records, join, settings.eventCollection());
    writer.write(records, settings.batchSize());
    metrics.collected("node", nodes);
    metrics.collected("pod", pods);
    metrics.collected("workload", workloads);
    metrics.collected("event", events);
    log.info("Collected metrics for {} pods", pods);
    log.info("Collected metrics for {} nodes", nodes);
    return samples.problem();
  }

  private int addNodes(List<MetricRecord> records, RecordJoin join) {
    Map<String, Integer> podCounts = new HashMap<>();
    for (PodInfo pod : cluster.pods()) {
      String node = pod.nodeName();
      if (node != null && !pod.isFinished()) {
        podCounts.merge(node, 1, Integer::sum);
      }
    }
    int before = records.size();
    for (NodeInfo node : cluster.nodes()) {
      records.add(join.node(node, podCounts.getOrDefault(node.meta().name(), 0)));
    }
    return records.size() - before;
  }

  private int addPods(List<MetricRecord> records, RecordJoin join) {
    int before = records.size();
    for (PodInfo pod : cluster.pods()) {
      records.add(join.pod(pod));
    }
    return records.size() - before;
  }

  private int addWorkloads(List<MetricRecord> records, RecordJoin join) {
    int before = records.size();
    cluster.workloads().map(join::workload).forEach(records::add);
    return records.size() - before;
  }

  private int addEvents(List<MetricRecord> records, RecordJoin join, boolean wanted) {
    // Taken in any case: what happens while nobody wants events is not reported later.
    List<EventInfo> events = cluster.takeEvents();
    if (!wanted) {
      return 0;
    }
    events.stream().map(join::event).forEach(records::add);
    return events.size();
  }

  private void tellSampling(Optional<String> problem) {
    if (problem.isPresent() == sampled) {
      sampled = problem.isEmpty();
      problem.ifPresentOrElse(
          reason -> log.warn("Usage is not reported: {}", reason),
          () -> log.info("Usage is reported again"));
    }
  }
}
