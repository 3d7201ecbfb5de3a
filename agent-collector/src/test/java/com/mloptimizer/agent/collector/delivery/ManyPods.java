package com.mloptimizer.agent.collector.delivery;

import com.mloptimizer.agent.core.protocol.ContainerMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The pods of a cluster that nothing happens to but usage. */
final class ManyPods {

  private final int count;
  private final Random random = new Random(7);

  ManyPods(int count) {
    this.count = count;
  }

  Stream<PodMetric> inCycle(int cycle) {
    Instant now = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(60L * cycle);
    return IntStream.range(0, count).mapToObj(i -> pod(i, now));
  }

  private PodMetric pod(int i, Instant now) {
    long cpu = random.nextLong(2000);
    long memory = random.nextLong(1L << 32);
    String app = "app-" + i / 20;
    ContainerMetric container =
        new ContainerMetric(
            "main",
            "registry.example/" + app,
            cpu,
            memory,
            100L,
            1L << 27,
            500L,
            1L << 29,
            0,
            null);
    return new PodMetric(
        "shop",
        app + "-7d9f8b6c5-" + i,
        new UUID(i, 7L * i).toString(),
        "node-" + i % 40,
        "Running",
        true,
        "Burstable",
        0,
        new PodMetric.Owner("Deployment", app),
        Map.of("app", app, "team", "team-" + i % 25),
        cpu,
        memory,
        100L,
        1L << 27,
        500L,
        1L << 29,
        0,
        List.of(container),
        now);
  }
}
