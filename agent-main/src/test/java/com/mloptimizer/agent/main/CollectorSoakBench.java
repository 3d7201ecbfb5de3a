package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import com.mloptimizer.agent.sandbox.backend.BackendEvent;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent on a cluster that never rests, {@code -Dit.kubeconfig=FILE}, for 10 minutes or {@code
 * -Dsoak.seconds=N}: at the end its records must say what the API server says, and its memory must
 * not have grown.
 */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class CollectorSoakBench {

  private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("soak.seconds", 600));
  private static final Duration SETTLE = Duration.ofSeconds(90);
  private static final Duration STEP = Duration.ofMillis(250);
  private static final int INTERVAL_SECONDS = 2;
  private static final double GROWTH = 1.1;

  @TempDir Path folder;
  private final Path kubeconfig = Path.of(System.getProperty("it.kubeconfig", ""));

  /** What came with each timestamp; the latest few. */
  private final ConcurrentSkipListMap<Instant, List<MetricRecord>> collections =
      new ConcurrentSkipListMap<>();

  @Test
  void collect_churn_endsEqualAndFlat() throws Exception {
    try (BenchCluster cluster = BenchCluster.open(kubeconfig, folder);
        ReferenceBackend backend =
            ReferenceBackend.builder()
                .clusterId("bench")
                .apiKey("an-api-key")
                .signingKey(SigningKey.of("default", "0123456789abcdef0123456789abcdef"))
                .start();
        Churn churn = Churn.begin(kubeconfig, folder)) {
      backend.listen(this::keep);
      try (BenchAgent agent =
          BenchAgent.start(
              kubeconfig,
              backend.httpUrl().toString(),
              backend.webSocketUrl(),
              INTERVAL_SECONDS,
              folder)) {
        agent.awaitSynced();
        List<Double> memory = soak(churn, agent);
        churn.rest();
        report(churn, agent, memory);
        awaitEqual(cluster);
      }
    }
  }

  private List<Double> soak(Churn churn, BenchAgent agent) throws Exception {
    List<Double> memory = new ArrayList<>();
    long end = System.nanoTime() + LENGTH.toNanos();
    while (System.nanoTime() < end) {
      churn.step();
      memory.add(agent.figures().residentMegabytes());
      LockSupport.parkNanos(STEP.toNanos());
    }
    return memory;
  }

  private void report(Churn churn, BenchAgent agent, List<Double> memory) {
    double early = median(memory.subList(memory.size() / 4, memory.size() / 2));
    double late = median(memory.subList(3 * memory.size() / 4, memory.size()));
    System.out.printf(
        "%nCollectorSoakBench: %s, %d changes, %.0f collections, %.0f skipped, %.0f lists of pods;"
            + " memory %.1f MB in the second quarter, %.1f in the last (ratio %.2f)%n",
        LENGTH,
        churn.changes(),
        agent.collections(),
        agent.metric("agent_collections_skipped_total"),
        agent.metric("agent_list_duration_seconds_count{resource=\"pods\",}"),
        early,
        late,
        late / early);
    assertThat(late).as("memory in MB, at first %s", early).isLessThan(early * GROWTH);
    assertThat(agent.metric("agent_list_duration_seconds_count{resource=\"pods\",}"))
        .as("lists of pods")
        .isEqualTo(1);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private void keep(BackendEvent event) {
    if (event instanceof BackendEvent.BatchReceived(var batch)) {
      for (MetricRecord record : batch.metrics()) {
        switch (record) {
          case PodMetric pod -> keep(pod.timestamp(), pod);
          case WorkloadMetric workload -> keep(workload.timestamp(), workload);
          default -> {}
        }
      }
      while (collections.size() > 3) {
        collections.pollFirstEntry();
      }
    }
  }

  private void keep(Instant timestamp, MetricRecord record) {
    collections.computeIfAbsent(timestamp, _ -> new ArrayList<>()).add(record);
  }

  private void awaitEqual(BenchCluster cluster) throws Exception {
    long deadline = System.nanoTime() + SETTLE.toNanos();
    Set<String> there = cluster.objects();
    Set<String> reported = reported();
    while (!there.equals(reported)) {
      assertThat(System.nanoTime())
          .as("reported %s, missing %s", minus(reported, there), minus(there, reported))
          .isLessThan(deadline);
      LockSupport.parkNanos(STEP.toNanos());
      there = cluster.objects();
      reported = reported();
    }
    assertThat(there).isNotEmpty();
  }

  /** The last collection but one, which is complete. */
  private Set<String> reported() {
    Set<String> objects = new TreeSet<>();
    var last = new TreeMap<>(collections).lastEntry();
    var complete = last == null ? null : collections.lowerEntry(last.getKey());
    if (complete != null) {
      for (MetricRecord record : List.copyOf(complete.getValue())) {
        switch (record) {
          case PodMetric pod ->
              objects.add(
                  BenchCluster.pod(
                      pod.podUid(), pod.namespace(), pod.podName(), pod.phase(), pod.nodeName()));
          case WorkloadMetric workload ->
              objects.add(
                  BenchCluster.workload(
                      workload.uid(), workload.replicasDesired(), workload.replicasReady()));
          default -> {}
        }
      }
    }
    return objects;
  }

  private static Set<String> minus(Set<String> some, Set<String> others) {
    Set<String> left = new TreeSet<>(some);
    left.removeAll(others);
    return left;
  }
}
