package com.mloptimizer.agent.deploy;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cluster of {@code -Dit.kubeconfig=FILE}, and a namespace of its own in it. */
final class RealCluster implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration STEP = Duration.ofMillis(200);

  private final Path kubeconfig;
  private final KubernetesClient client;
  private final JsonMapper json = new JsonMapper();
  private final String namespace;

  private RealCluster(Path kubeconfig, KubernetesClient client, String namespace) {
    this.kubeconfig = kubeconfig;
    this.client = client;
    this.namespace = namespace;
  }

  /** Connects; creates nothing yet. */
  static RealCluster open() throws Exception {
    return open(
        Path.of(System.getProperty("it.kubeconfig")),
        "chart-it-" + UUID.randomUUID().toString().substring(0, 8));
  }

  /** Connects to another cluster; creates nothing yet. */
  static RealCluster open(Path kubeconfig, String namespace) throws Exception {
    return new RealCluster(
        kubeconfig.toAbsolutePath(),
        KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
            .withKubeconfig(kubeconfig)
            .open("test"),
        namespace);
  }

  Path kubeconfig() {
    return kubeconfig;
  }

  String namespace() {
    return namespace;
  }

  ApiAnswer send(ApiRequest request) throws IOException {
    return client.send(request);
  }

  /** Creates an object; it is fine if it is there. */
  JsonNode create(ResourcePath path, String body) throws IOException {
    ApiAnswer answer = client.send(ApiRequest.post(path, json.readTree(body)));
    if (!answer.isSuccess() && answer.statusCode() != 409) {
      throw new IOException(path + ": " + answer.summary());
    }
    return answer.body();
  }

  JsonNode get(ResourcePath path) throws IOException {
    ApiAnswer answer = client.send(ApiRequest.get(path));
    if (!answer.isSuccess()) {
      throw new IOException(path + ": " + answer.summary());
    }
    return answer.body();
  }

  List<JsonNode> list(ResourcePath path, String selector) throws IOException {
    ApiAnswer answer = client.send(ApiRequest.get(path).query("labelSelector", selector));
    return StreamSupport.stream(answer.body().path("items").spliterator(), false).toList();
  }

  boolean exists(ResourcePath path) throws IOException {
    return client.send(ApiRequest.get(path)).isSuccess();
  }

  /** Waits until something holds. */
  static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + SOON + ": " + what);
      }
      LockSupport.parkNanos(STEP.toNanos());
    }
  }

  /**
   * Writes a kubeconfig of this cluster for a ServiceAccount of the namespace.
   *
   * @param file where to
   */
  Path kubeconfigOf(String account, Path file) throws IOException {
    String token =
        create(
                ResourcePath.core("serviceaccounts")
                    .namespace(namespace)
                    .name(account)
                    .subresource("token"),
                "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenRequest\","
                    + " \"spec\": {}}")
            .at("/status/token")
            .stringValue();
    Manifest admin = Manifest.parse(Files.readString(kubeconfig)).getFirst();
    Map<String, Object> config =
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Config",
            "current-context",
            "agent",
            "clusters",
            List.of(Map.of("name", "c", "cluster", admin.map("clusters", 0, "cluster"))),
            "users",
            List.of(Map.of("name", "u", "user", Map.of("token", token))),
            "contexts",
            List.of(
                Map.of(
                    "name",
                    "agent",
                    "context",
                    Map.of("cluster", "c", "user", "u", "namespace", namespace))));
    return Files.writeString(file, json.writeValueAsString(config)); // JSON is YAML.
  }

  @Override
  public void close() throws IOException {
    client.send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    client.close();
  }
}
