package com.mloptimizer.agent.core.kubernetes;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the API server, in this order: a kubeconfig that was named; the one that {@code KUBECONFIG}
 * names (the first, if it names several); the pod's own ServiceAccount; {@code ~/.kube/config}.
 */
public final class KubernetesAccess {

  /** Where the kubelet mounts a pod's ServiceAccount. */
  public static final Path SERVICE_ACCOUNT =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private final Map<String, String> environment;
  private final Path home;
  private final Path serviceAccount;
  private final Optional<Path> kubeconfig;

  private KubernetesAccess(
      Map<String, String> environment, Path home, Path serviceAccount, Optional<Path> kubeconfig) {
    this.environment = environment;
    this.home = home;
    this.serviceAccount = serviceAccount;
    this.kubeconfig = kubeconfig;
  }

  /**
   * What these surroundings offer.
   *
   * @param environment the process' environment
   * @param home the user's home directory
   */
  public static KubernetesAccess from(Map<String, String> environment, Path home) {
    return new KubernetesAccess(Map.copyOf(environment), home, SERVICE_ACCOUNT, Optional.empty());
  }

  /** The same, but with this kubeconfig and no other way. */
  public KubernetesAccess withKubeconfig(Path file) {
    return new KubernetesAccess(environment, home, serviceAccount, Optional.of(file));
  }

  /** The same, with the ServiceAccount mounted elsewhere. */
  public KubernetesAccess withServiceAccount(Path directory) {
    return new KubernetesAccess(environment, home, directory, kubeconfig);
  }

  /**
   * Makes a client. Sends nothing yet, but may run a kubeconfig's exec plugin.
   *
   * @param version the agent's, for the User-Agent
   * @throws KubernetesConfigurationException if there is no usable configuration
   */
  public KubernetesClient open(String version) throws KubernetesConfigurationException {
    return open(version, KubernetesMetrics.unscraped());
  }

  /** Makes a client, as {@link #open(String)} does, whose requests are counted there. */
  public KubernetesClient open(String version, KubernetesMetrics metrics)
      throws KubernetesConfigurationException {
    String userAgent = "kubernetes-agent/" + version;
    if (kubeconfig.isPresent()) {
      return KubeconfigFile.open(existing(kubeconfig.get(), "--kubeconfig"), userAgent, metrics);
    }
    String variable = environment.getOrDefault("KUBECONFIG", "");
    if (!variable.isBlank()) {
      Path first = Path.of(variable.split(File.pathSeparator, 2)[0]);
      return KubeconfigFile.open(existing(first, "KUBECONFIG"), userAgent, metrics);
    }
    if (!environment.getOrDefault("KUBERNETES_SERVICE_HOST", "").isBlank()) {
      return InCluster.open(environment, serviceAccount, userAgent, metrics);
    }
    Path usual = home.resolve(".kube").resolve("config");
    if (Files.exists(usual)) {
      return KubeconfigFile.open(usual, userAgent, metrics);
    }
    throw new KubernetesConfigurationException(
        "no Kubernetes configuration: this is no pod (KUBERNETES_SERVICE_HOST is not set), and "
            + usual
            + " does not exist; name a kubeconfig with --kubeconfig or KUBECONFIG");
  }

  private static Path existing(Path file, String source) throws KubernetesConfigurationException {
    if (!Files.exists(file)) {
      throw new KubernetesConfigurationException(
          source + " names " + file + ", which does not exist; correct the path");
    }
    return file;
  }
}
