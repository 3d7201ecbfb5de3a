package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Against a real API server, in a namespace of its own; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(180)
final class CollectorRealClusterIT {

  private static final String DEPLOYMENT =
      """
      {"metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},
        "template":{"metadata":{"labels":{"a":"b"}},"spec":{
          "initContainers":[{"name":"i","image":"i","resources":{"requests":{"cpu":"30m"}}}],
          "containers":[
            {"name":"c","image":"c","resources":{"requests":{"cpu":"10m","memory":"8Mi"}}}]}}}}
      """;

  @TempDir Path folder;
  private final String namespace = "collector-it-" + UUID.randomUUID().toString().substring(0, 8);
  private KubernetesClient client;

  @BeforeEach
  void start() throws Exception {
    client =
        KubernetesAccess.from(Map.of(), folder)
            .withKubeconfig(Path.of(System.getProperty("it.kubeconfig")))
            .open("it");
    create(
        ResourcePath.core("namespaces"), "{\"metadata\":{\"name\":\"%s\"}}".formatted(namespace));
  }

  @AfterEach
  void stop() throws Exception {
    client.send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    client.close();
  }

  @Test
  void run_deploymentComesAndGoes_isReportedWithItsPodsOwnerAndEvents() throws Exception {
    ResourcePath deployments = ResourcePath.group("apps", "v1", "deployments").namespace(namespace);
    Set<String> eventsAbout = new HashSet<>();
    try (RunningCollector running = new RunningCollector(client, folder)) {
      RunningCollector.Collected first =
          running.awaitCollected(each -> !each.all(NodeMetric.class).isEmpty());
      assertThat(first.all(NodeMetric.class).getFirst().cpuAllocatableMillicores()).isPositive();

      create(deployments, DEPLOYMENT);
      RunningCollector.Collected ready =
          running.awaitCollected(each -> {
            each.all(EventMetric.class).stream()
                .filter(event -> event.namespace().equals(namespace))
                .forEach(event -> eventsAbout.add(event.involvedObject().kind()));
            return each.podsOf(namespace).filter(PodMetric::ready).count() == 2
                && each.all(WorkloadMetric.class).stream()
                    .anyMatch(workload ->
                        workload.namespace().equals(namespace) && workload.replicasReady() == 2);
          });
      assertThat(ready.podsOf(namespace))
          .allSatisfy(pod -> {
            assertThat(pod.owner()).isEqualTo(new PodMetric.Owner("Deployment", "web"));
            assertThat(pod.cpuRequestMillicores()).isEqualTo(30);
            assertThat(pod.memoryRequestBytes()).isEqualTo(8 << 20);
            assertThat(pod.labels()).containsEntry("a", "b");
          });
      assertThat(eventsAbout).contains("Deployment", "ReplicaSet", "Pod");

      client.send(ApiRequest.delete(deployments.name("web")));
      running.awaitCollected(each -> each.podsOf(namespace).findAny().isEmpty());
      assertThat(running.collector().readiness().missing()).isEmpty();
    }
  }

  private void create(ResourcePath path, String json) throws Exception {
    ApiAnswer answer = client.send(ApiRequest.post(path, JsonMapper.shared().readTree(json)));
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
  }
}
