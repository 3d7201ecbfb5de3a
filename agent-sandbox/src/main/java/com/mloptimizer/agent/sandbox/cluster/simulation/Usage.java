package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.Quantity;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What pods and nodes use: slow waves around a level that follows a container's requests, a
 * function of the seed, the container and the number of steps since the cluster began. A pod's
 * annotations {@code sim/cpu} and {@code sim/memory} set the level of each of its containers. A
 * node uses what its pods use and a little for itself. Thread-safe.
 */
public final class Usage {
  /** What one container, or one node, uses. */
  public record Sample(long cpuNanocores, long memoryBytes) {
    Sample plus(Sample other) {
      return new Sample(cpuNanocores + other.cpuNanocores, memoryBytes + other.memoryBytes);
    }
  }

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long DEFAULT_CPU_MILLIS = 20;
  private static final long DEFAULT_MEMORY_BYTES = 48L << 20;
  private static final Sample NODE_BASE = new Sample(120 * NANOS_PER_MILLI, 700L << 20);

  private final ObjectStore store;
  private final Timing timing;
  private final Instant began;

  /**
   * Usage of a store's pods.
   *
   * @param began step 0
   */
  public Usage(ObjectStore store, Timing timing, Instant began) {
    this.store = store;
    this.timing = timing;
    this.began = began;
  }

  /** The time between samples. */
  public Duration step() {
    return timing.metricsStep();
  }

  /** When the latest sample was taken. */
  public Instant sampledAt() {
    return began.plus(step().multipliedBy(steps()));
  }

  private long steps() {
    return Math.max(0, Duration.between(began, store.now()).dividedBy(step()));
  }

  /** What each container of a pod uses; nothing for a pod that does not run or has just begun. */
  public Map<String, Sample> ofPod(JsonNode pod) {
    Map<String, Sample> samples = new LinkedHashMap<>();
    boolean sampled =
        Fields.text(pod, "status.phase").equals("Running")
            && Fields.time(pod, "status.startTime")
                .filter(start -> !start.plus(timing.firstSample()).isAfter(store.now()))
                .isPresent();
    if (sampled) {
      for (JsonNode container : Fields.at(pod, "spec.containers")) {
        samples.put(Fields.text(container, "name"), ofContainer(pod, container, steps()));
      }
    }
    return samples;
  }

  /** What a node uses. */
  public Sample ofNode(JsonNode node) {
    Sample sum = NODE_BASE;
    for (ObjectNode pod : store.list(ResourceKinds.POD)) {
      if (Fields.text(pod, "spec.nodeName").equals(Fields.name(node))) {
        for (Sample sample : ofPod(pod).values()) {
          sum = sum.plus(sample);
        }
      }
    }
    return sum;
  }

  private Sample ofContainer(JsonNode pod, JsonNode container, long step) {
    String name = Fields.text(container, "name");
    RandomGenerator random = store.seed().of("usage/" + Fields.uid(pod) + "/" + name);
    JsonNode requests = Fields.at(container, "resources.requests");
    JsonNode limits = Fields.at(container, "resources.limits");
    long cpuMillis = level(Fields.at(pod, "metadata.annotations").path("sim/cpu"), 0);
    double cpu =
        cpuMillis > 0
            ? cpuMillis
            : level(requests.path("cpu"), DEFAULT_CPU_MILLIS) * random.nextDouble(0.25, 0.95);
    cpu *= 1 + wave(random, step, 0.30);
    long memoryGiven = Quantity.units(Fields.at(pod, "metadata.annotations").path("sim/memory"));
    long requested = Quantity.units(requests.path("memory"));
    double memory =
        memoryGiven > 0
            ? memoryGiven
            : (requested > 0 ? requested : DEFAULT_MEMORY_BYTES) * random.nextDouble(0.45, 0.9);
    memory *= 1 + wave(random, step, 0.06);
    long cpuLimit = Quantity.millis(limits.path("cpu"));
    long memoryLimit = Quantity.units(limits.path("memory"));
    return new Sample(
        capped((long) (cpu * NANOS_PER_MILLI), cpuLimit * NANOS_PER_MILLI),
        capped((long) memory, memoryLimit));
  }

  private static long level(JsonNode quantity, long fallback) {
    long millis = Quantity.millis(quantity);
    return millis > 0 ? millis : fallback;
  }

  private static long capped(long value, long limit) {
    return limit > 0 ? Math.min(value, limit) : value;
  }

  /** Two sines of different length; smooth from step to step. */
  private static double wave(RandomGenerator random, long step, double height) {
    double slow = Math.sin(2 * Math.PI * (step / random.nextDouble(30, 60) + random.nextDouble()));
    double fast = Math.sin(2 * Math.PI * (step / random.nextDouble(8, 16) + random.nextDouble()));
    return height * (0.7 * slow + 0.3 * fast);
  }
}
