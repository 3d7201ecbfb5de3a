package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/** Deployments that grow, shrink, roll, come and go, in a namespace of their own. */
final class Churn implements AutoCloseable {

  private static final int DEPLOYMENTS = 10;
  private static final int MOST_REPLICAS = 8;

  private final KubernetesClient client;
  private final String namespace = "soak-" + UUID.randomUUID().toString().substring(0, 8);
  private final ResourcePath deployments =
      ResourcePath.group("apps", "v1", "deployments").namespace(namespace);
  private int step;
  private int changes;

  private Churn(KubernetesClient client) {
    this.client = client;
  }

  static Churn begin(Path kubeconfig, Path folder) throws Exception {
    Churn churn =
        new Churn(KubernetesAccess.from(Map.of(), folder).withKubeconfig(kubeconfig).open("soak"));
    churn.must(
        ApiRequest.post(
            ResourcePath.core("namespaces"),
            JsonMapper.shared()
                .readTree("{\"metadata\":{\"name\":\"%s\"}}".formatted(churn.namespace))));
    return churn;
  }

  int changes() {
    return changes;
  }

  /** One change, of one Deployment after the other. */
  void step() throws IOException {
    String name = "app-" + step % DEPLOYMENTS;
    int round = step / DEPLOYMENTS;
    step++;
    switch (round % 4) {
      case 0 -> create(name, 1 + step % MOST_REPLICAS);
      case 1 -> patch(name, "{\"spec\":{\"replicas\":%d}}".formatted(1 + 3 * step % MOST_REPLICAS));
      case 2 -> roll(name);
      default -> must(ApiRequest.delete(deployments.name(name)));
    }
  }

  private void create(String name, int replicas) throws IOException {
    String deployment =
        """
        {"metadata":{"name":"%1$s"},"spec":{"replicas":%2$d,
          "selector":{"matchLabels":{"app":"%1$s"}},
          "template":{"metadata":{"labels":{"app":"%1$s"}},"spec":{
            "terminationGracePeriodSeconds":0,"automountServiceAccountToken":false,
            "containers":[{"name":"c","image":"c","resources":{"requests":{"cpu":"1m"}}}]}}}}
        """
            .formatted(name, replicas);
    must(ApiRequest.post(deployments, JsonMapper.shared().readTree(deployment)));
  }

  private void roll(String name) throws IOException {
    patch(
        name,
        "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"round\":\"r%d\"}}}}}"
            .formatted(step));
  }

  private void patch(String name, String merge) throws IOException {
    must(ApiRequest.mergePatch(deployments.name(name), JsonMapper.shared().readTree(merge)));
  }

  private void must(ApiRequest request) throws IOException {
    ApiAnswer answer = client.send(request);
    changes++;
    if (!answer.isSuccess() && answer.statusCode() != 404 && answer.statusCode() != 409) {
      throw new IOException(request + ": " + answer.summary());
    }
  }

  /** Leaves some Deployments behind that stay as they are. */
  void rest() throws IOException {
    for (int i = 0; i < DEPLOYMENTS; i++) {
      create("app-" + i, MOST_REPLICAS);
      patch("app-" + i, "{\"spec\":{\"replicas\":5}}");
    }
  }

  @Override
  public void close() throws IOException {
    client.send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    client.close();
  }
}
