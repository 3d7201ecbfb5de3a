package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.BackendEvent;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * How fast the agent acts, beside kubectl in the same run: {@code -Pbench verify
 * -Dit.kubeconfig=FILE}, of a control plane with about 100 nodes that nobody else uses.
 */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(900)
class ActuatorBench {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String LABEL = "bench.agent.mloptimizer.com/value";
  private static final String POOL = "bench.agent.mloptimizer.com/pool";
  private static final int PODS = 200;

  @TempDir private Path directory;
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final String namespace = "bench-" + run;
  private final Map<String, ResultRequest> results = new HashMap<>(); // guarded by itself
  private final Semaphore mayPush = new Semaphore(200); // fewer than the agent lets wait
  private RealCluster cluster;
  private ReferenceBackend backend;
  private AgentProcess agent;
  private List<String> nodes;

  @BeforeEach
  void start() throws Exception {
    cluster = RealCluster.open();
    cluster.kubectl("create", "namespace", namespace);
    nodes = cluster.nodes();
    backend =
        ReferenceBackend.builder()
            .clusterId("bench")
            .apiKey("an-api-key")
            .signingKey(SigningKey.of("default", "0123456789abcdef0123456789abcdef"))
            .start();
    backend.listen(this::note);
    Map<String, String> environment = new HashMap<>();
    environment.put("KUBECONFIG", RealCluster.KUBECONFIG.toString());
    environment.put("POD_NAMESPACE", namespace);
    environment.put("BACKEND_URL", backend.httpUrl().toString());
    environment.put("BACKEND_WS_URL", backend.webSocketUrl().toString());
    environment.put("API_KEY", "an-api-key");
    environment.put("SECRET_KEY", "0123456789abcdef0123456789abcdef");
    environment.put("CLUSTER_ID", "bench");
    environment.put("COLLECTION_INTERVAL", "3600");
    environment.put("MAX_EVICTIONS_PER_MINUTE", "10000");
    environment.put("SPOOL_DIR", directory.resolve("spool").toString());
    agent = AgentProcess.start(Surroundings.LAUNCHER, environment, directory.resolve("agent.log"));
    backend.awaitConnection(SOON);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    backend.close();
    for (String label : List.of(LABEL, POOL)) {
      cluster.kubectl("label", "nodes", "--all", label + "-");
    }
    // And waits: what the deletion of 400 pods costs is not the next benchmark's.
    cluster.kubectl("delete", "namespace", namespace);
    cluster.close();
  }

  @Test
  void firstWrite_labelNode_isAtTheTargetWithin15MsAtTheMedian() throws Exception {
    Map<String, Long> seenNanos = cluster.watchNodeLabel(LABEL);
    int warmUp = 800; // Until then both processes mostly compile.
    double[] millis = new double[400];
    for (int i = -warmUp; i < millis.length; i++) {
      String value = "first-" + (i + warmUp);
      long pushed = System.nanoTime();
      push(labels(nodes.get((i + warmUp) % nodes.size()), value));
      RealCluster.await("label " + value, () -> seenNanos.containsKey(value), SOON);
      if (i >= 0) {
        millis[i] = (seenNanos.get(value) - pushed) / 1e6;
      }
    }
    double[] reference = new double[11];
    for (int i = 0; i < reference.length; i++) {
      String value = LABEL + "=kubectl-" + i;
      reference[i] =
          cluster.kubectl("label", "node", nodes.get(i), "--overwrite", value).toNanos() / 1e6;
    }
    Arrays.sort(millis);
    double p99 = millis[millis.length * 99 / 100];
    print(
        "frame to first write, p50 (p99 %.1f)".formatted(p99),
        median(millis),
        "ms",
        "kubectl label",
        median(reference));
    assertThat(median(millis)).isLessThanOrEqualTo(15);
  }

  @Test
  void throughput_1000LabelsOn100Nodes_isAtLeast100ASecond() throws Exception {
    push(labels(nodes.getFirst(), "warm-up"));
    awaitResults(1);
    labelAll("warm", 300);
    double figure = labelAll("measured", 1000);

    List<String> command = new ArrayList<>(List.of("label", "nodes", "--overwrite"));
    command.addAll(nodes);
    command.add(LABEL + "=by-kubectl");
    Duration reference = cluster.kubectl(command.toArray(String[]::new));
    double perSecond = nodes.size() / (reference.toNanos() / 1e9);
    print(
        "label_node, received to reported",
        figure,
        "actions/s",
        "kubectl label of all nodes",
        perSecond);
    assertThat(figure).isGreaterThanOrEqualTo(100);
  }

  /** Returns actions a second, from the first frame to the last result. */
  private double labelAll(String series, int count) throws Exception {
    int before = resultCount();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      push(labels(nodes.get(i % nodes.size()), series + "-" + i));
    }
    awaitResults(before + count);
    double seconds = (System.nanoTime() - start) / 1e9;
    synchronized (results) {
      assertThat(results.values())
          .allMatch(request -> request.result().outcome() == Outcome.CHANGED);
    }
    return count / seconds;
  }

  @Test
  void drain_200PodsWithoutABudget_isNoSlowerThan120PercentOfKubectl() throws Exception {
    compareDrains(0);
  }

  @Test
  void drain_200PodsUnderABudget_isNoSlowerThan120PercentOfKubectlAndNeverViolatesIt()
      throws Exception {
    compareDrains(50);
  }

  /** Drains two nodes of the same kind, one after the other; zero allows any number. */
  private void compareDrains(int maxUnavailable) throws Exception {
    populate("a", nodes.get(0), nodes.subList(10, 20), maxUnavailable);
    populate("b", nodes.get(1), nodes.subList(20, 30), maxUnavailable);
    try {
      AtomicInteger fewest = new AtomicInteger(PODS);
      Thread observer = observe("a", fewest);
      long start = System.nanoTime();
      push(ActionDraft.of(ActionType.DRAIN_NODE).with("node_name", nodes.get(0)));
      awaitResults(1);
      double figure = (System.nanoTime() - start) / 1e9;
      observer.interrupt();
      observer.join();
      synchronized (results) {
        assertThat(results.values())
            .allSatisfy(r -> assertThat(r.result().outcome()).isEqualTo(Outcome.CHANGED));
      }
      double reference = cluster.kubectl("drain", nodes.get(1)).toNanos() / 1e9;
      print(
          "drain of %d pods, budget %s".formatted(PODS, maxUnavailable == 0 ? "none" : "25 %"),
          figure,
          "s",
          "kubectl drain",
          reference);
      assertThat(figure).isLessThanOrEqualTo(1.2 * reference);
      if (maxUnavailable > 0) {
        assertThat(fewest.get()).isGreaterThanOrEqualTo(PODS - maxUnavailable);
      }
    } finally {
      cluster.kubectl("uncordon", nodes.get(0), nodes.get(1));
    }
  }

  /** 200 ready pods on one node, and others to which their successors can go. */
  private void populate(String name, String node, List<String> spares, int maxUnavailable)
      throws Exception {
    String pool = run + "-" + name;
    cluster.kubectl("label", "node", "--overwrite", node, POOL + "=" + pool);
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          replicas: %3$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              nodeSelector: {%4$s: %5$s}
              terminationGracePeriodSeconds: 1
              containers: [{name: main, image: nginx}]
        """
            .formatted(name, namespace, PODS, POOL, pool));
    if (maxUnavailable > 0) {
      cluster.apply(
          """
          apiVersion: policy/v1beta1
          kind: PodDisruptionBudget
          metadata: {name: %1$s, namespace: %2$s}
          spec: {maxUnavailable: %3$d, selector: {matchLabels: {app: %1$s}}}
          """
              .formatted(name, namespace, maxUnavailable));
    }
    RealCluster.await("ready pods", () -> ready(name) == PODS, SOON.multipliedBy(3));
    List<String> command = new ArrayList<>(List.of("label", "node", "--overwrite"));
    command.addAll(spares);
    command.add(POOL + "=" + pool);
    cluster.kubectl(command.toArray(String[]::new));
  }

  private int ready(String deployment) {
    try {
      return cluster
          .get(
              ResourcePath.group("apps", "v1", "deployments").namespace(namespace).name(deployment))
          .at("/status/readyReplicas")
          .asInt(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Looks all the time how many pods are ready, and keeps the smallest number. */
  private Thread observe(String deployment, AtomicInteger fewest) {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          while (!Thread.currentThread().isInterrupted()) {
            fewest.accumulateAndGet(ready(deployment), Math::min);
            LockSupport.parkNanos(50_000_000);
          }
        });
  }

  private static ActionDraft labels(String node, String value) {
    return ActionDraft.of(ActionType.LABEL_NODE)
        .with("node_name", node)
        .with("labels", JsonNodeFactory.instance.objectNode().put(LABEL, value));
  }

  private void push(ActionDraft draft) throws InterruptedException {
    mayPush.acquire();
    backend.push(draft);
  }

  private void note(BackendEvent event) {
    if (event instanceof BackendEvent.ResultReceived(ResultRequest request)) {
      synchronized (results) {
        results.put(request.actionId().value(), request);
        results.notifyAll();
      }
      mayPush.release();
    }
  }

  private int resultCount() {
    synchronized (results) {
      return results.size();
    }
  }

  /** Sleeps until then, or the class's timeout: looking again and again would take its share. */
  private void awaitResults(int count) throws InterruptedException {
    synchronized (results) {
      while (results.size() < count) {
        results.wait();
      }
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void print(
      String what, double figure, String unit, String referenceName, double reference) {
    System.out.printf(
        "BENCH %-40s %8.1f %s; %s %.1f %s; ratio %.2f%n",
        what, figure, unit, referenceName, reference, unit, figure / reference);
  }
}
