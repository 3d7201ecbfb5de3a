package com.mloptimizer.agent.core.kubernetes;

import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.credentials.TokenFileAuthentication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The configuration that the kubelet gives to a pod. */
final class InCluster {

  private static final String HOST = "KUBERNETES_SERVICE_HOST";
  private static final String PORT = "KUBERNETES_SERVICE_PORT";

  private InCluster() {}

  static KubernetesClient open(
      Map<String, String> environment,
      Path serviceAccount,
      String userAgent,
      KubernetesMetrics metrics)
      throws KubernetesConfigurationException {
    String server = server(environment);
    Path tokenFile = serviceAccount.resolve("token");
    if (read(tokenFile).isBlank()) {
      throw new KubernetesConfigurationException(tokenFile + " is empty; no token was mounted");
    }
    TokenFileAuthentication token = new TokenFileAuthentication(tokenFile.toString());
    ApiClient client;
    try {
      client =
          new ClientBuilder()
              .setApiClient(new ConnectionOnlyApiClient())
              .setBasePath(server)
              .setCertificateAuthority(Files.readAllBytes(serviceAccount.resolve("ca.crt")))
              .setAuthentication(token)
              .build();
    } catch (IOException | RuntimeException e) {
      throw new KubernetesConfigurationException(
          "cannot use the certificate authority in "
              + serviceAccount.resolve("ca.crt")
              + " ("
              + e.getMessage()
              + ")",
          e);
    }
    Transport transport = new Transport(client.getHttpClient(), server, userAgent, token, metrics);
    return new KubernetesClient(transport, namespace(serviceAccount));
  }

  private static String server(Map<String, String> environment)
      throws KubernetesConfigurationException {
    String host = environment.getOrDefault(HOST, "");
    String port = environment.getOrDefault(PORT, "443");
    if (!port.matches("[0-9]{1,5}")) {
      throw new KubernetesConfigurationException(PORT + " is not a port: '" + port + "'");
    }
    return "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static String namespace(Path serviceAccount) throws KubernetesConfigurationException {
    Path file = serviceAccount.resolve("namespace");
    return Files.exists(file) ? read(file).strip() : "default";
  }

  private static String read(Path file) throws KubernetesConfigurationException {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new KubernetesConfigurationException(
          "cannot read "
              + file
              + "; set automountServiceAccountToken: true for this pod, or name a kubeconfig with"
              + " --kubeconfig",
          e);
    }
  }
}
