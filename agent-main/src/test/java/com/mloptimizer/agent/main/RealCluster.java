package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.kubernetes.ResourceWatch;
import com.mloptimizer.agent.core.kubernetes.WatchEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/** The API server of {@code -Dit.kubeconfig}, and a kubectl for it ({@code -Dkubectl}). */
final class RealCluster implements AutoCloseable {
  static final Path KUBECONFIG = Path.of(System.getProperty("it.kubeconfig", ""));

  private static final Path CRD =
      Path.of(System.getProperty("basedir", ""))
          .resolve("../charts/kubernetes-agent/crds/agentactions.yaml");

  private final KubernetesClient kubernetes;
  private final List<ResourceWatch<?>> watches = new ArrayList<>();

  private RealCluster(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  static RealCluster open() throws Exception {
    RealCluster cluster =
        new RealCluster(
            KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
                .withKubeconfig(KUBECONFIG)
                .open("bench"));
    cluster.kubectl("apply", "-f", CRD.toString());
    cluster.kubectl(
        "wait", "--for=condition=Established", "crd/agentactions.agent.mloptimizer.com");
    return cluster;
  }

  /** Runs kubectl to its end and says how long it took. */
  Duration kubectl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(
        System.getProperty(
            "kubectl",
            Path.of(System.getProperty("user.home"), ".cache/kube-1.20/bin/kubectl").toString()));
    command.add("--kubeconfig=" + KUBECONFIG);
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("kubectl", ".txt");
    try {
      long start = System.nanoTime();
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new AssertionError(command + ": " + Files.readString(output));
      }
      return Duration.ofNanos(System.nanoTime() - start);
    } finally {
      Files.delete(output);
    }
  }

  /** Applies a manifest. */
  void apply(String yaml) throws IOException, InterruptedException {
    Path file = Files.createTempFile("manifest", ".yaml");
    try {
      Files.writeString(file, yaml);
      kubectl("apply", "-f", file.toString());
    } finally {
      Files.delete(file);
    }
  }

  JsonNode get(ResourcePath path) throws IOException {
    ApiAnswer answer = kubernetes.send(ApiRequest.get(path));
    if (!answer.isSuccess()) {
      throw new IOException(answer.summary());
    }
    return answer.body();
  }

  List<String> nodes() throws IOException {
    return get(ResourcePath.core("nodes"))
        .path("items")
        .valueStream()
        .map(node -> node.at("/metadata/name").stringValue())
        .sorted()
        .toList();
  }

  /** Notes when each value of a label of nodes was first seen, by {@link System#nanoTime}. */
  Map<String, Long> watchNodeLabel(String label) throws Exception {
    Map<String, Long> seenNanos = new ConcurrentHashMap<>();
    String version = get(ResourcePath.core("nodes")).at("/metadata/resourceVersion").stringValue();
    ResourceWatch<String> watch =
        kubernetes.watch(
            ResourcePath.core("nodes"),
            ListOptions.all().withMetadataOnly(),
            version,
            parser -> label(parser, label));
    watches.add(watch);
    CountDownLatch opened = new CountDownLatch(1);
    Thread.ofPlatform()
        .daemon()
        .name("watch")
        .start(() -> {
          try {
            watch.run(
                opened::countDown,
                event -> {
                  if (event instanceof WatchEvent.Modified<String>(String value)) {
                    seenNanos.putIfAbsent(value, System.nanoTime());
                  }
                });
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    if (!opened.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("the watch did not open");
    }
    return seenNanos;
  }

  private static String label(JsonParser parser, String label) {
    String value = "";
    ObjectCursor object = ObjectCursor.over(parser);
    while (object.next()) {
      if (object.field().equals("metadata")) {
        ObjectCursor metadata = object.object();
        while (metadata.next()) {
          if (metadata.field().equals("labels")) {
            value = metadata.texts().getOrDefault(label, "");
          }
        }
      }
    }
    return value;
  }

  /** Looks every two milliseconds until it holds. */
  static void await(String what, BooleanSupplier condition, Duration atMost) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > atMost.toNanos()) {
        throw new AssertionError("no " + what + " within " + atMost);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Override
  public void close() {
    watches.forEach(ResourceWatch::close);
    kubernetes.close();
  }
}
