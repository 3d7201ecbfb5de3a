package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.TcpRelay;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What collecting costs the agent as people run it, on a cluster that was filled before: {@code mvn
 * -Pbench verify -pl agent-main -am -Dit.test=CollectorBench -Dit.kubeconfig=FILE}. The targets are
 * those for 5,000 pods, and for memory also for 20,000 and for a cluster with next to none.
 */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(900)
final class CollectorBench {

  private static final Duration SOON = Duration.ofMinutes(3);
  private static final int INTERVAL_SECONDS = 5;
  private static final int WARM_UP_CYCLES = 10;
  private static final int CYCLES = 6;
  private static final int SMALL = 500;
  private static final int MIDDLE = 6000;
  private static final double NONE = Double.NaN;
  private static final String LISTS_OF_PODS =
      "agent_list_duration_seconds_count{resource=\"pods\",}";

  @TempDir Path folder;
  private final Path kubeconfig = Path.of(System.getProperty("it.kubeconfig", ""));
  private final ProtocolCodec codec = new ProtocolCodec();
  private final List<String> table = new ArrayList<>();

  @Test
  void collect_filledCluster_costs() throws Exception {
    try (BenchCluster cluster = BenchCluster.open(kubeconfig, folder);
        ReferenceBackend backend =
            ReferenceBackend.builder()
                .clusterId("bench")
                .apiKey("an-api-key")
                .signingKey(SigningKey.of("default", "0123456789abcdef0123456789abcdef"))
                .start();
        TcpRelay relay = TcpRelay.to(address(backend.httpUrl()))) {
      int pods = cluster.pods();
      double curl = cluster.curlSeconds();
      List<String> flags;
      long began = System.nanoTime();
      try (BenchAgent agent =
          BenchAgent.start(
              kubeconfig,
              "http://127.0.0.1:" + relay.port(),
              backend.webSocketUrl(),
              INTERVAL_SECONDS,
              folder)) {
        agent.awaitSynced();
        double synced = (System.nanoTime() - began) / 1e9;
        row("start to first sync, s", synced, pods <= MIDDLE ? 3 : NONE, "curl", curl);
        measureCycles(cluster, backend, relay, agent, pods);
        flags = agent.figures().jvmFlags();
      }
      double warm = warmLists(flags);
      double again = cluster.curlSeconds();
      row("relist when warm, s", warm, 2 * again, "curl", again);
      System.out.printf(
          "%nCollectorBench: %,d pods, %s%n%s%n",
          pods, String.join(" ", flags), String.join("\n", table));
    }
  }

  private void measureCycles(
      BenchCluster cluster, ReferenceBackend backend, TcpRelay relay, BenchAgent agent, int pods)
      throws IOException, InterruptedException {
    ProcessFigures process = agent.figures();
    agent.awaitCollections(WARM_UP_CYCLES);
    double lists = cluster.listsOfPods();
    double own = agent.metric(LISTS_OF_PODS);
    double before = agent.collections();
    double cpu = process.cpuSeconds();
    long bytes = relay.bytesToServer();
    agent.awaitCollections(before + CYCLES);

    double cycles = agent.collections() - before;
    double perCycle = (process.cpuSeconds() - cpu) / cycles;
    double json = podRecordBytes(backend);
    assertThat(agent.metric("agent_collected_records{type=\"pod\",}")).isEqualTo(pods);
    row("CPU a cycle, s", perCycle, pods <= MIDDLE ? 0.5 : NONE, "interval", INTERVAL_SECONDS);
    row(
        "resident memory, MB",
        process.residentMegabytes(),
        memoryTarget(pods),
        "JSON",
        json * pods / 1e6);
    double sent = (relay.bytesToServer() - bytes) / cycles / Math.max(1, pods);
    row("sent a pod a cycle, B", sent, pods > SMALL ? 100 : NONE, "JSON", json);
    double others = cluster.listsOfPods() - lists;
    row("lists of pods since", agent.metric(LISTS_OF_PODS) - own, 0, "by anybody", others);
  }

  private static double memoryTarget(int pods) {
    return pods <= SMALL ? 100 : pods <= MIDDLE ? 140 : 220;
  }

  /** The best of what a process with the agent's flags needs, once it is warm. */
  private double warmLists(List<String> flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(WarmLists.class.getName(), kubeconfig.toString()));
    Path output = folder.resolve("warm.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(folder.resolve("warm-errors.txt").toFile())
            .start();
    assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    List<Double> rounds = Files.readAllLines(output).stream().map(Double::valueOf).toList();
    assertThat(rounds)
        .as(Files.readString(folder.resolve("warm-errors.txt")))
        .hasSizeGreaterThan(2);
    List<Double> warm = rounds.subList(2, rounds.size()).stream().sorted().toList();
    return warm.get(warm.size() / 2);
  }

  private double podRecordBytes(ReferenceBackend backend) {
    return backend.batches().stream()
        .flatMap(batch -> batch.metrics().stream())
        .filter(PodMetric.class::isInstance)
        .mapToInt(pod -> codec.encode(pod).length)
        .average()
        .orElse(0);
  }

  private void row(
      String figure, double value, double target, String reference, double referenceValue) {
    String bound = Double.isNaN(target) ? "" : "%.2f".formatted(target);
    String verdict = Double.isNaN(target) ? "" : value <= target ? "met" : "MISSED";
    table.add(
        "%-24s %8.2f   target %7s %-6s   %s %.2f   ratio %.2f"
            .formatted(
                figure, value, bound, verdict, reference, referenceValue, value / referenceValue));
  }

  private static InetSocketAddress address(URI uri) {
    return new InetSocketAddress(uri.getHost(), uri.getPort());
  }
}
