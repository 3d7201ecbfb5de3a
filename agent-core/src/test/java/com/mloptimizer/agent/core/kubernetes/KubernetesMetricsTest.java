package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(30)
class KubernetesMetricsTest {
  @TempDir private Path folder;
  private final CollectorRegistry registry = new CollectorRegistry();

  @Test
  void requests_ofEveryKind_areCountedByVerbResourceAndCode() throws Exception {
    try (ScriptedApiServer server = new ScriptedApiServer();
        KubernetesClient client =
            server.client(folder, "{token: secret}", new KubernetesMetrics(registry))) {
      server.then(200, "{\"gitVersion\":\"v1.34.0\"}");
      client.send(ApiRequest.get(ResourcePath.raw("/version")));
      server.then(200, "{\"metadata\":{},\"items\":[]}");
      client.list(ResourcePath.core("pods"), ListOptions.all(), parser -> parser, _ -> {});
      server.then(404, "{}");
      client.send(ApiRequest.get(ResourcePath.core("pods").namespace("shop").name("web-1")));
      server.then(429, "{}");
      ResourcePath eviction =
          ResourcePath.core("pods").namespace("shop").name("web-1").subresource("eviction");
      JsonNode body = JsonNodeFactory.instance.objectNode();
      client.send(ApiRequest.post(eviction, body));
      server.then(200, "{}");
      client.send(ApiRequest.mergePatch(ResourcePath.core("nodes").name("node-1"), body));
      server.then(200, "");
      client
          .watch(ResourcePath.core("nodes"), ListOptions.all(), "1", parser -> parser)
          .run(_ -> {});
      server.then(_ -> {
        throw new IOException("no answer");
      });
      assertThatThrownBy(() -> client.send(ApiRequest.delete(eviction)))
          .isInstanceOf(IOException.class);
    }

    assertThat(samples("agent_kubernetes_requests_total"))
        .containsExactlyInAnyOrder(
            "{verb=get, resource=none, code=200} 1.0",
            "{verb=list, resource=pods, code=200} 1.0",
            "{verb=get, resource=pods, code=404} 1.0",
            "{verb=create, resource=pods/eviction, code=429} 1.0",
            "{verb=patch, resource=nodes, code=200} 1.0",
            "{verb=watch, resource=nodes, code=200} 1.0",
            "{verb=delete, resource=pods/eviction, code=error} 1.0");
    assertThat(samples("agent_kubernetes_request_duration_seconds_count"))
        .contains("{verb=get} 2.0", "{verb=watch} 1.0", "{verb=delete} 1.0");
  }

  private List<String> samples(String name) {
    List<String> samples = new ArrayList<>();
    for (MetricFamilySamples family : Collections.list(registry.metricFamilySamples())) {
      for (MetricFamilySamples.Sample sample : family.samples) {
        if (sample.name.equals(name)) {
          List<String> labels = new ArrayList<>();
          for (int i = 0; i < sample.labelNames.size(); i++) {
            labels.add(sample.labelNames.get(i) + "=" + sample.labelValues.get(i));
          }
          samples.add("{" + String.join(", ", labels) + "} " + sample.value);
        }
      }
    }
    return samples;
  }

  /** Some proxies put a token into the path, and this is printed. */
  @Test
  void server_urlWithUserAndPath_isItsOrigin() throws Exception {
    Path kubeconfig = folder.resolve("kubeconfig");
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{name: test, context: {cluster: test, user: test}}]
        clusters: [{name: test, cluster: {server: "https://me:pw@proxy.example:8443/bearer/secret"}}]
        users: [{name: test, user: {token: secret}}]
        """);
    try (KubernetesClient client =
        KubernetesAccess.from(Map.of(), folder).withKubeconfig(kubeconfig).open("1")) {
      assertThat(client.server()).isEqualTo("https://proxy.example:8443");
    }
  }
}
