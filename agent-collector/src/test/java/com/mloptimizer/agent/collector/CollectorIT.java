package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.cluster.MetricsApiState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against the embedded cluster, whose API can be made to fail. */
@Timeout(120)
final class CollectorIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private EmbeddedCluster cluster;
  private KubernetesClient client;

  @BeforeEach
  void start() throws Exception {
    cluster = EmbeddedCluster.builder().build();
    cluster.start();
    client =
        KubernetesAccess.from(Map.of(), folder)
            .withKubeconfig(cluster.writeKubeconfig(folder.resolve("kubeconfig")))
            .open("it");
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  @Test
  void run_demoCluster_reportsEveryNodePodAndWorkloadWithUsage() throws Exception {
    int pods = cluster.list("v1", "Pod", "").size();
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected collected =
          running.awaitCollected(each -> each.all(PodMetric.class).size() == pods);

      assertThat(collected.all(NodeMetric.class))
          .hasSize(8)
          .allSatisfy(node -> assertThat(node.cpuUsageMillicores()).isNotNull())
          .allSatisfy(node -> assertThat(node.cpuAllocatableMillicores()).isPositive());
      assertThat(collected.all(NodeMetric.class).stream().mapToInt(NodeMetric::podCount).sum())
          .isPositive();
      assertThat(collected.all(PodMetric.class))
          .filteredOn(PodMetric::ready)
          .isNotEmpty()
          .allSatisfy(pod -> assertThat(pod.cpuUsageMillicores()).isNotNull());
      assertThat(collected.all(PodMetric.class))
          .extracting(pod -> pod.owner() == null ? "" : pod.owner().kind())
          .contains("Deployment")
          .doesNotContain("ReplicaSet");
      assertThat(collected.all(WorkloadMetric.class))
          .extracting(WorkloadMetric::kind)
          .contains("Deployment");
      assertThat(running.status().healthy()).as(running.status().toString()).isTrue();
      assertThat(running.collector().readiness().missing()).isEmpty();
    }
  }

  @Test
  void run_podsComeAndGo_followsByWatchWithoutAnotherList() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      cluster.apply(pod("come"));
      running.awaitCollected(each -> each.podsOf("default").anyMatch(PodMetric::ready));
      cluster.delete("v1", "Pod", "default", "come");
      running.awaitCollected(each -> each.podsOf("default").findAny().isEmpty());
    }
    assertThat(lists("/api/v1/pods")).isEqualTo(1);
  }

  @Test
  void run_watchesCut_goOnFromWhereTheyWere() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      cluster.apply(pod("first"));
      running.awaitCollected(each -> each.podsOf("default").anyMatch(PodMetric::ready));
      cluster.faults().cutWatches();
      cluster.apply(pod("later"));

      running.awaitCollected(each -> each.podsOf("default").count() == 2);
      assertThat(lists("/api/v1/pods")).isEqualTo(1);
      assertThat(watchedVersions("/api/v1/pods")).hasSizeGreaterThan(1).doesNotHaveDuplicates();
      assertThat(running.status().healthy()).as(running.status().toString()).isTrue();
    }
  }

  @Test
  void run_historyForgotten_listsAgainAndMissesNothing() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      cluster.apply(pod("goes"));
      running.awaitCollected(each -> each.podsOf("default").count() == 1);

      cluster.faults().goAway();
      cluster.delete("v1", "Pod", "default", "goes");
      assertThat(eventually(() -> cluster.get("v1", "Pod", "default", "goes").isEmpty())).isTrue();
      cluster.apply(pod("comes"));
      cluster.faults().expireHistory();
      cluster.faults().comeBack();

      running.awaitCollected(
          each -> each.podsOf("default").map(PodMetric::podName).toList().equals(List.of("comes")));
      assertThat(running.metric("agent_watch_restarts_total", "resource", "pods")).isPositive();
      assertThat(lists("/api/v1/pods")).isGreaterThan(1);
      assertThat(eventually(() -> running.status().healthy()))
          .as(running.status().toString())
          .isTrue();
    }
  }

  @Test
  void run_metricsApiAbsent_reportsInventoryAndSaysSo_thenRecovers() throws Exception {
    cluster.metrics(MetricsApiState.ABSENT);
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected collected =
          running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      assertThat(collected.all(PodMetric.class))
          .allSatisfy(pod -> assertThat(pod.cpuUsageMillicores()).isNull());
      assertThat(eventually(() -> !running.status().healthy())).isTrue();
      assertThat(running.status().error()).contains("metrics API (pods): 404");

      cluster.metrics(MetricsApiState.SERVED);
      running.awaitCollected(each ->
          each.all(PodMetric.class).stream().anyMatch(pod -> pod.cpuUsageMillicores() != null));
      assertThat(eventually(() -> running.status().healthy())).isTrue();
    }
  }

  @Test
  void run_metricsApiHangs_reportsInventoryInTimeAndAsksNoMore_thenRecovers() throws Exception {
    cluster
        .faults()
        .delay(
            request -> request.path().contains("metrics.k8s.io"), 100_000, Duration.ofMinutes(10));
    try (RunningCollector running = new RunningCollector(client, folder)) {
      long began = System.nanoTime();
      RunningCollector.Collected collected =
          running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(25));
      assertThat(collected.all(PodMetric.class))
          .allSatisfy(pod -> assertThat(pod.cpuUsageMillicores()).isNull());
      assertThat(running.status().error()).contains("metrics API (nodes)");
      assertThat(lists("/apis/metrics.k8s.io/v1beta1/pods")).isZero();

      cluster.faults().clear();
      assertThat(eventually(() -> running.status().healthy())).isTrue();
    }
  }

  @Test
  void run_eventCollectionOff_neitherListsNorWatchesThem_untilItIsOnAgain() throws Exception {
    cluster.apply(event("before", 1));
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> eventNames(each).contains("before"));
      running.collectEvents(false);
      running.awaitCollected(each -> true);
      assertThat(eventually(() -> running.metric("agent_collected_records", "type", "event") == 0))
          .isTrue();
      cluster.apply(event("between", 1));
      cluster.faults().cutWatches();
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      long asked = asked("/api/v1/events");
      double collections = running.collections();
      assertThat(eventually(() -> running.collections() > collections + 3)).isTrue();
      assertThat(asked("/api/v1/events")).isEqualTo(asked);
      assertThat(running.status().healthy()).as(running.status().toString()).isTrue();

      running.collectEvents(true);
      List<String> seen = new ArrayList<>();
      running.awaitCollected(each -> {
        seen.addAll(eventNames(each));
        return seen.contains("between");
      });
      assertThat(seen).doesNotContain("before");
    }
  }

  @Test
  void run_eventsForbidden_costEventsAlone() throws Exception {
    cluster.deny("list", "", "events");
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected collected =
          running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());

      assertThat(collected.all(EventMetric.class)).isEmpty();
      assertThat(eventually(() -> String.valueOf(running.status().error()).contains("events")))
          .as(running.status().toString())
          .isTrue();
      assertThat(running.status().error()).contains("403");
      assertThat(running.collector().readiness().missing()).isEmpty();

      cluster.allowAll();
      assertThat(eventually(() -> running.status().healthy())).isTrue();
    }
  }

  @Test
  void run_eventsCannotBeListed_isReadyWithoutThem() throws Exception {
    cluster.faults().fail(request -> request.path().endsWith("/api/v1/events"), 1_000_000);
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      assertThat(eventually(() -> running.collector().readiness().missing().isEmpty()))
          .as(running.collector().readiness().missing().toString())
          .isTrue();
      assertThat(eventually(() -> String.valueOf(running.status().error()).contains("events")))
          .as(running.status().toString())
          .isTrue();
    }
  }

  @Test
  void run_backendAway_keepsCollectingAndDeliversAllLaterInOrder() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      running.backendAway(true);
      double before = running.collections();
      assertThat(eventually(() -> running.collections() >= before + 5)).isTrue();
      assertThat(running.status().error()).contains("away");
      Instant succeeded = running.status().lastSuccessAt();
      cluster.apply(pod("meanwhile"));
      assertThat(eventually(() -> running.collections() >= before + 10)).isTrue();
      assertThat(running.status().healthy()).isFalse();
      assertThat(running.status().lastSuccessAt()).as("of a collection").isAfter(succeeded);

      running.backendAway(false);

      running.awaitCollected(each -> each.podsOf("default").count() == 1);
      assertThat(eventually(() -> running.status().healthy())).isTrue();
      assertThat(running.collector().droppedBatches()).isZero();
      List<Long> sequences = running.sequences();
      assertThat(sequences)
          .as("every batch once, in the order of their numbers")
          .isEqualTo(LongStream.rangeClosed(1, sequences.size()).boxed().toList());
    }
  }

  @Test
  void run_startedWithABacklog_saysHowMuchWaits() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.backendAway(true);
      assertThat(eventually(() -> running.collections() >= 3)).isTrue();
    }
    cluster.faults().goAway();
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.backendAway(true);
      assertThat(eventually(() -> running.metric("agent_spool_bytes") > 1000)).isTrue();
      assertThat(running.collections()).isZero();
    }
  }

  @Test
  void run_metricsApiUnavailable_isDegradedAndRecovers() throws Exception {
    cluster.metrics(MetricsApiState.UNAVAILABLE);
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      assertThat(eventually(() -> !running.status().healthy())).isTrue();
      assertThat(running.status().error()).contains("metrics API (pods): 503");

      cluster.metrics(MetricsApiState.SERVED);
      assertThat(eventually(() -> running.status().healthy())).isTrue();
    }
  }

  @Test
  void run_metricsApiForbidden_isDegradedAndRecovers() throws Exception {
    cluster.deny("list", "metrics.k8s.io", "pods");
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected collected =
          running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      assertThat(collected.all(PodMetric.class))
          .allSatisfy(pod -> assertThat(pod.cpuUsageMillicores()).isNull());
      assertThat(collected.all(NodeMetric.class))
          .as("nodes are another permission")
          .allSatisfy(node -> assertThat(node.cpuUsageMillicores()).isNotNull());
      assertThat(running.status().error()).contains("metrics API (pods): 403 Forbidden");

      cluster.allowAll();
      assertThat(eventually(() -> running.status().healthy())).isTrue();
    }
  }

  @Test
  void run_podsForbidden_costPodsAlone() throws Exception {
    cluster.deny("list", "", "pods");
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected collected =
          running.awaitCollected(each -> !each.all(WorkloadMetric.class).isEmpty());

      assertThat(collected.all(PodMetric.class)).isEmpty();
      assertThat(collected.all(NodeMetric.class))
          .hasSize(8)
          .allSatisfy(node -> assertThat(node.podCount()).isNull());
      assertThat(running.status().error()).contains("pods: 403 Forbidden");
    }
  }

  @Test
  void run_firstListOfPodsFails_reportsNoPartOfThem() throws Exception {
    int pods = cluster.list("v1", "Pod", "").size();
    cluster.faults().fail(request -> request.path().endsWith("/api/v1/pods"), 2);
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected first =
          running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());

      assertThat(first.all(PodMetric.class)).hasSize(pods);
    }
  }

  @Test
  void run_startedAgain_reportsNoEventTwice() throws Exception {
    cluster.apply(event("before", 1));
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> eventNames(each).contains("before"));
    }
    cluster.apply(event("between", 1));
    List<String> seen = new ArrayList<>();
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> {
        seen.addAll(eventNames(each));
        return seen.contains("between");
      });
      cluster.apply(event("after", 1));
      running.awaitCollected(each -> {
        seen.addAll(eventNames(each));
        return seen.contains("after");
      });
    }
    assertThat(seen).contains("between", "after").doesNotContain("before");
    assertThat(seen).doesNotHaveDuplicates();
  }

  @Test
  void run_configurationChanges_holdsWithoutRestart() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      running.tune(Duration.ofHours(1), 40);
      double collections = running.collections();
      assertThat(
              cluster.await(() -> running.collections() > collections + 1, Duration.ofSeconds(3)))
          .as("goes on collecting")
          .isFalse();

      running.tune(Duration.ofMillis(200), 7);
      assertThat(eventually(() -> running.collections() > collections + 3)).isTrue();

      MetricsBatch batch = running.nextBatch();
      while (batch.metrics().size() != 7) {
        batch = running.nextBatch();
      }
      assertThat(running.nextBatch().metrics()).hasSizeLessThanOrEqualTo(7);
    }
  }

  @Test
  void run_senderEndsWithAnError_endsToBeStartedAnew_beforeTheNextCollection() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      running.backendAway(true);
      double collections = running.collections();
      assertThat(eventually(() -> running.collections() > collections + 1)).isTrue();
      running.tune(Duration.ofHours(1), 40);

      assertThat(running.endsWith(new StackOverflowError("a defect")))
          .hasMessageContaining("a defect")
          .hasCauseInstanceOf(StackOverflowError.class);
    }
  }

  @Test
  void run_secretsInAPod_neverLeaveTheCluster() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: careless
          namespace: default
          annotations: {vault: sesame-annotation}
        spec:
          containers:
          - {name: c, image: c, args: [sesame-argument], env: [{name: A, value: sesame-variable}]}
        """);
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.backendAway(true);
      assertThat(eventually(() -> running.collections() >= 3)).isTrue();
      assertThat(spooled()).contains("careless").doesNotContain("sesame");

      running.backendAway(false);
      MetricsBatch batch = running.nextBatch();
      while (batch.metrics().stream().noneMatch(each -> each.toString().contains("careless"))) {
        assertThat(batch.toString()).doesNotContain("sesame");
        batch = running.nextBatch();
      }
      assertThat(batch.toString()).doesNotContain("sesame");
    }
  }

  /** All that waits in the spool, decompressed. */
  private String spooled() throws IOException {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder.resolve("spool"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        text.append(new String(bytes, StandardCharsets.ISO_8859_1));
        for (int i = 0; i < bytes.length - 2; i++) {
          if (bytes[i] == 0x1f && bytes[i + 1] == (byte) 0x8b && bytes[i + 2] == 8) {
            text.append(unzipped(bytes, i));
          }
        }
      }
    }
    return text.toString();
  }

  private static String unzipped(byte[] bytes, int offset) throws IOException {
    Inflater inflater = new Inflater(true);
    int header = 10;
    try (InflaterInputStream in =
        new InflaterInputStream(
            new ByteArrayInputStream(bytes, offset + header, bytes.length - offset - header),
            inflater)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      inflater.end();
    }
  }

  private static List<String> eventNames(RunningCollector.Collected collected) {
    return collected.all(EventMetric.class).stream()
        .filter(event -> event.namespace().equals("default"))
        .map(EventMetric::name)
        .filter(name -> List.of("before", "between", "after").contains(name))
        .toList();
  }

  private static String event(String name, int count) {
    return """
    apiVersion: v1
    kind: Event
    metadata: {name: %s, namespace: default}
    involvedObject: {kind: Pod, name: p, namespace: default}
    reason: Test
    message: m
    type: Normal
    count: %d
    lastTimestamp: "%s"
    """
        .formatted(name, count, java.time.Instant.now());
  }

  private boolean eventually(BooleanSupplier condition) throws InterruptedException {
    return cluster.await(condition, DEADLINE);
  }

  private long lists(String path) {
    return cluster.requests().stream()
        .filter(request -> request.path().endsWith(path) && !request.isWatch())
        .filter(request -> !request.query().contains("continue="))
        .map(ApiRequest::path)
        .count();
  }

  private long asked(String path) {
    return cluster.requests().stream().filter(request -> request.path().endsWith(path)).count();
  }

  private List<String> watchedVersions(String path) {
    return cluster.requests().stream()
        .filter(request -> request.path().endsWith(path) && request.isWatch())
        .map(request -> request.query().replaceAll(".*resourceVersion=(\\d+).*", "$1"))
        .toList();
  }

  private static String pod(String name) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: default}
    spec: {containers: [{name: c, image: c}]}
    """
        .formatted(name);
  }
}
