package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.cluster.MetricsApiState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
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
  void run_backendAway_keepsCollectingAndDeliversAllLaterInOrder() throws Exception {
    try (RunningCollector running = new RunningCollector(client, folder)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      running.backendAway(true);
      double before = running.collections();
      assertThat(eventually(() -> running.collections() >= before + 5)).isTrue();
      assertThat(running.status().error()).contains("away");
      cluster.apply(pod("meanwhile"));
      assertThat(eventually(() -> running.collections() >= before + 10)).isTrue();

      running.backendAway(false);

      running.awaitCollected(each -> each.podsOf("default").count() == 1);
      assertThat(eventually(() -> running.status().healthy())).isTrue();
      assertThat(running.collector().droppedBatches()).isZero();
    }
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
