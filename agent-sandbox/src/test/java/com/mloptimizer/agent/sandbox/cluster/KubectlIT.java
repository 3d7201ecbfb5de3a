package com.mloptimizer.agent.sandbox.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real kubectl against the embedded cluster: the one of the system property {@code kubectl}, else
 * the one in the PATH or in ~/.cache/kube-1.20/bin.
 */
@Timeout(120)
class KubectlIT {
  private static final String NODE = "ip-10-0-1-11";
  private static final String MAP =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: m}
      data: {a: %s}
      """;

  @TempDir Path folder;

  private final EmbeddedCluster cluster =
      EmbeddedCluster.builder()
          .podStart(Duration.ofMillis(200))
          .longestGrace(Duration.ofMillis(300))
          .build();
  private Path kubectl = Path.of("kubectl");
  private Path kubeconfig = Path.of("kubeconfig");

  private static Optional<Path> find() {
    String given = System.getProperty("kubectl", "");
    Stream<Path> candidates =
        given.isEmpty()
            ? Stream.concat(
                Pattern.compile(":")
                    .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                    .map(entry -> Path.of(entry, "kubectl")),
                Stream.of(Path.of(System.getProperty("user.home"), ".cache/kube-1.20/bin/kubectl")))
            : Stream.of(Path.of(given));
    return candidates.filter(Files::isExecutable).findFirst();
  }

  @BeforeEach
  void start() {
    Optional<Path> found = find();
    if (found.isEmpty()) {
      System.out.println("KubectlIT skipped: no kubectl (-Dkubectl=PATH names one)");
      abort("no kubectl");
    }
    kubectl = found.orElseThrow();
    cluster.start();
    kubeconfig = cluster.writeKubeconfig(folder.resolve("kubeconfig"));
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private record Output(int exit, String text) {}

  private Output run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(kubectl.toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder.environment().put("HOME", folder.toString());
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("kubectl hangs: " + command);
    }
    return new Output(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
  }

  private String kubectl(String... arguments) throws IOException, InterruptedException {
    Output output = run(arguments);
    assertThat(output.exit()).as(output.text()).isZero();
    return output.text();
  }

  @Test
  void get_tables_readLikeARealCluster() throws Exception {
    assertThat(kubectl("version")).contains("v1.34.0");
    assertThat(kubectl("api-resources")).contains("agentactions", "poddisruptionbudgets");
    assertThat(kubectl("get", "nodes", "-o", "wide")).contains("INTERNAL-IP", NODE, "Ready");
    assertThat(kubectl("get", "pods", "-A")).contains("RESTARTS", "redis-0", "Running");
    assertThat(kubectl("get", "deploy,rs,sts,ds,pdb,events", "-n", "shop"))
        .contains("deployment.apps/frontend", "6/6", "MAX UNAVAILABLE");
    assertThat(kubectl("get", "deploy", "-n", "shop", "cart", "-o", "yaml"))
        .contains("kind: Deployment", "observedGeneration: 1");
    assertThat(kubectl("get", "pods", "-n", "shop", "-l", "app in (cart)", "-o", "name").lines())
        .hasSize(3);
  }

  @Test
  void describe_objects_withEventsAndPods() throws Exception {
    assertThat(kubectl("describe", "node", NODE)).contains("kube-proxy", "Allocated resources");
    assertThat(kubectl("describe", "pod", "-n", "shop", "redis-0"))
        .contains("Controlled By:  StatefulSet/redis", "Successfully assigned shop/redis-0");
    assertThat(kubectl("describe", "deployment", "-n", "shop", "cart"))
        .contains("3 desired | 3 updated | 3 total | 3 available", "ScalingReplicaSet");
  }

  @Test
  void drain_mixedNode_emptiedExceptDaemons() throws Exception {
    assertThat(kubectl("cordon", NODE)).contains("cordoned");
    assertThat(kubectl("get", "node", NODE)).contains("Ready,SchedulingDisabled");
    assertThat(kubectl("uncordon", NODE)).contains("uncordoned");

    kubectl(
        "drain", NODE, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=50s");

    assertThat(
            kubectl("get", "pods", "-A", "--field-selector", "spec.nodeName=" + NODE, "-o", "name")
                .lines())
        .hasSize(2)
        .allMatch(pod -> pod.contains("kube-proxy") || pod.contains("node-exporter"));
    assertThat(cluster.requests()).anyMatch(call -> call.path().endsWith("/eviction"));
  }

  @Test
  void scaleAndRollout_deployment_followed() throws Exception {
    assertThat(kubectl("scale", "-n", "shop", "deploy/cart", "--replicas=5")).contains("scaled");
    assertThat(kubectl("rollout", "status", "-n", "shop", "deploy/cart", "--timeout=30s"))
        .contains("successfully rolled out");
    kubectl("set", "image", "-n", "shop", "deploy/catalog", "catalog=catalog:9");
    assertThat(kubectl("rollout", "status", "-n", "shop", "deploy/catalog", "--timeout=50s"))
        .contains("successfully rolled out");
  }

  @Test
  void write_labelsAnnotationsManifests_stored() throws Exception {
    kubectl("label", "node", NODE, "team=blue");
    kubectl("annotate", "node", NODE, "note=here");
    assertThat(kubectl("get", "nodes", "-l", "team=blue", "-o", "name").strip())
        .isEqualTo("node/" + NODE);
    kubectl("label", "node", NODE, "team-");
    assertThat(kubectl("get", "nodes", "-l", "team=blue", "-o", "name")).isBlank();

    Path manifest = folder.resolve("map.yaml");
    Files.writeString(manifest, MAP.formatted("b"));
    assertThat(kubectl("apply", "-f", manifest.toString())).contains("created");
    Files.writeString(manifest, MAP.formatted("c"));
    assertThat(kubectl("apply", "-f", manifest.toString())).contains("configured");
    assertThat(kubectl("delete", "-f", manifest.toString())).contains("deleted");
    assertThat(kubectl("delete", "pod", "-n", "payments", "psql-debug")).contains("deleted");
  }

  @Test
  void top_nodesAndPods_showUsage() throws Exception {
    assertThat(kubectl("top", "nodes")).contains("CPU(cores)", NODE);
    assertThat(kubectl("top", "pods", "-n", "shop")).contains("redis-0");
  }

  @Test
  void watch_pods_tableStreamed() throws Exception {
    Output watched =
        run("get", "pods", "-n", "shop", "-w", "--request-timeout=2s", "-l", "app=redis");

    assertThat(watched.text()).contains("redis-0", "Running");
  }
}
