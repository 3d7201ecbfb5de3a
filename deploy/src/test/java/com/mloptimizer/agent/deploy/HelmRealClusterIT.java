package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.InstallCommand;
import com.marcnuri.helm.UpgradeCommand;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A release's life on a real API server, by Helm itself; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(300)
class HelmRealClusterIT {
  private static final ResourcePath DEFINITION =
      ResourcePath.group("apiextensions.k8s.io", "v1", "customresourcedefinitions")
          .name("agentactions.agent.mloptimizer.com");

  /** The kinds that a release has, in the order in which nothing is missed when they are listed. */
  private static final List<ResourcePath> CLUSTER_KINDS =
      List.of(
          ResourcePath.group("rbac.authorization.k8s.io", "v1", "clusterroles"),
          ResourcePath.group("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
          ResourcePath.group("scheduling.k8s.io", "v1", "priorityclasses"));

  @TempDir private Path directory;
  private RealCluster cluster;
  private String release;

  @BeforeEach
  void start() throws Exception {
    cluster = RealCluster.open();
    release = cluster.namespace().replace("chart-it", "agent");
  }

  @AfterEach
  void stop() throws Exception {
    try {
      Helm.uninstall(release)
          .withNamespace(cluster.namespace())
          .withKubeConfig(cluster.kubeconfig())
          .ignoreNotFound()
          .call();
    } finally {
      cluster.close();
    }
  }

  @Test
  void release_installedUpgradedRolledBackUninstalled_isAsItShouldBeEachTime() throws Exception {
    assertThat(install(previousChart(), Map.of("actions.drainNode.enabled", false)))
        .isEqualTo("deployed");
    assertThat(container().at("/image").stringValue()).endsWith(":0.0.9");
    assertThat(exists("drain-node")).isFalse();
    assertThat(cluster.exists(DEFINITION)).isTrue();

    assertThat(upgrade(Map.of("actions.drainNode.enabled", true))).isEqualTo("deployed");
    assertThat(container().at("/image").stringValue()).doesNotEndWith(":0.0.9");
    assertThat(exists("drain-node")).isTrue();
    RealCluster.await("two ready replicas", () -> ready() == 2);

    // No pod of the next revision gets ready, so Helm rolls it back.
    Path unready =
        Files.writeString(
            directory.resolve("unready.yaml"), "podAnnotations: {sim/never-ready: 'true'}");
    assertThatThrownBy(() ->
            upgradeCommand(Map.of("cluster.id", "other"))
                .withValuesFile(unready)
                .atomic()
                .withTimeout(5)
                .call())
        .hasMessageContaining("rolled back");
    assertThat(container().toString()).contains("prod-1").doesNotContain("other");
    RealCluster.await("two ready replicas again", () -> ready() == 2);
    assertThat(
            Helm.history(release)
                .withNamespace(cluster.namespace())
                .withKubeConfig(cluster.kubeconfig())
                .call()
                .getLast()
                .getDescription())
        .isEqualTo("Rollback to 2");

    Helm.uninstall(release)
        .withNamespace(cluster.namespace())
        .withKubeConfig(cluster.kubeconfig())
        .call();
    for (ResourcePath kind : allKinds()) {
      assertThat(cluster.list(kind, "app.kubernetes.io/instance=" + release))
          .as("%s", kind)
          .isEmpty();
    }
    assertThat(cluster.exists(DEFINITION)).as("the record of what was done").isTrue();
  }

  @Test
  void install_existingSecret_leavesItWithoutAnOwner() throws Exception {
    cluster.create(
        ResourcePath.core("namespaces"),
        "{\"metadata\": {\"name\": \"%s\"}}".formatted(cluster.namespace()));
    ResourcePath secrets = ResourcePath.core("secrets").namespace(cluster.namespace());
    cluster.create(
        secrets,
        "{\"metadata\": {\"name\": \"agent-credentials\"}, \"data\": {\"api-key\": \"YQ==\"}}");

    install(Chart.DIRECTORY, Map.of());

    assertThat(
            cluster.get(secrets.name("agent-credentials")).at("/metadata/labels").isMissingNode())
        .isTrue();
  }

  @Test
  void manifests_every_areAcceptedByTheServer() throws Exception {
    cluster.create(
        ResourcePath.core("namespaces"),
        "{\"metadata\": {\"name\": \"%s\"}}".formatted(cluster.namespace()));
    JsonMapper json = new JsonMapper();
    String kubernetes = cluster.get(ResourcePath.raw("/version")).path("gitVersion").stringValue();
    for (String values : List.of("required", "least", "everything")) {
      List<Manifest> manifests =
          Manifest.parse(
              Chart.text(kubernetes, values, Map.of("fullnameOverride", release))
                  .replace(Chart.NAMESPACE, cluster.namespace()));
      for (Manifest manifest : manifests) {
        if (manifest.apiVersion().startsWith("monitoring.coreos.com")) {
          continue; // Its definition is the Prometheus operator's.
        }
        ApiAnswer answer =
            cluster.send(
                ApiRequest.post(collection(manifest), json.valueToTree(manifest.fields()))
                    .dryRun());
        assertThat(answer.isSuccess())
            .as("%s %s of %s: %s", manifest.kind(), manifest.name(), values, answer.summary())
            .isTrue();
      }
    }
  }

  private ResourcePath collection(Manifest manifest) {
    String kind = manifest.kind().toLowerCase(java.util.Locale.ROOT);
    String plural =
        kind.endsWith("s")
            ? kind + "es"
            : kind.endsWith("y") ? kind.replaceAll("y$", "ies") : kind + "s";
    String[] version = manifest.apiVersion().split("/", 2);
    ResourcePath path =
        version.length == 1
            ? ResourcePath.core(plural)
            : ResourcePath.group(version[0], version[1], plural);
    return manifest.optional("metadata", "namespace") == null
        ? path
        : path.namespace(cluster.namespace());
  }

  /** The chart as it was, as far as Helm can tell: another version with another image. */
  private Path previousChart() throws IOException {
    Path copy = directory.resolve("kubernetes-agent");
    try (Stream<Path> files = Files.walk(Chart.DIRECTORY)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(Chart.DIRECTORY.relativize(file).toString()));
      }
    }
    Path chart = copy.resolve("Chart.yaml");
    Files.writeString(
        chart,
        Files.readString(chart)
            .replaceAll("(?m)^version: .*", "version: 0.0.9")
            .replaceAll("(?m)^appVersion: .*", "appVersion: 0.0.9"));
    return copy;
  }

  private String install(Path chart, Map<String, ?> values) {
    InstallCommand command =
        new Helm(chart)
            .install()
            .withName(release)
            .withNamespace(cluster.namespace())
            .createNamespace()
            .withKubeConfig(cluster.kubeconfig())
            .withValuesFile(Chart.values("required"));
    values.forEach(command::set);
    return command.call().getStatus();
  }

  private String upgrade(Map<String, ?> values) {
    return upgradeCommand(values).call().getStatus();
  }

  private UpgradeCommand upgradeCommand(Map<String, ?> values) {
    UpgradeCommand command =
        new Helm(Chart.DIRECTORY)
            .upgrade()
            .withName(release)
            .withNamespace(cluster.namespace())
            .withKubeConfig(cluster.kubeconfig())
            .withValuesFile(Chart.values("required"));
    values.forEach(command::set);
    return command;
  }

  private JsonNode deployment() throws IOException {
    return cluster.get(
        ResourcePath.group("apps", "v1", "deployments")
            .namespace(cluster.namespace())
            .name(release));
  }

  private JsonNode container() throws IOException {
    return deployment().at("/spec/template/spec/containers/0");
  }

  private int ready() throws IOException {
    JsonNode status = deployment().path("status");
    return status.path("updatedReplicas").asInt(0) == 2 && status.path("replicas").asInt(0) == 2
        ? status.path("readyReplicas").asInt(0)
        : 0;
  }

  private boolean exists(String feature) throws IOException {
    return cluster.exists(CLUSTER_KINDS.getFirst().name(release + "-" + feature));
  }

  private List<ResourcePath> allKinds() {
    return Stream.concat(
            CLUSTER_KINDS.stream(),
            Stream.of(
                    ResourcePath.group("apps", "v1", "deployments"),
                    ResourcePath.core("services"),
                    ResourcePath.core("configmaps"),
                    ResourcePath.core("serviceaccounts"),
                    ResourcePath.group("rbac.authorization.k8s.io", "v1", "roles"),
                    ResourcePath.group("rbac.authorization.k8s.io", "v1", "rolebindings"),
                    ResourcePath.group("networking.k8s.io", "v1", "networkpolicies"))
                .map(path -> path.namespace(cluster.namespace())))
        .toList();
  }
}
