package com.mloptimizer.agent.sandbox.console;

import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the agent has told: who it is, how it is, and what its metrics say. Thread-safe. */
final class AgentState {
  private static final int MAX_BATCHES = 300;
  private static final int MAX_USAGES = 10_000;

  // Guarded by this.
  private @Nullable RegisterRequest registration;
  private @Nullable HeartbeatRequest heartbeat;
  private @Nullable Instant heartbeatAt;
  private boolean registered;
  private long heartbeats;
  private long batchCount;
  private long recordCount;
  private final Deque<Batch> batches = new ArrayDeque<>();
  private final Map<String, Usage> pods = new LinkedHashMap<>();
  private final Map<String, Usage> nodes = new LinkedHashMap<>();

  /** A batch, counted. */
  record Batch(Instant at, long sequence, int pods, int nodes, int workloads, int events) {}

  /** All batches, and the latest of them. */
  record Batches(long batches, long records, List<Batch> latest) {}

  /** What is used, and of how much: a request or limit, a node's allocatable. */
  record Usage(
      @Nullable Long cpuMillicores,
      @Nullable Long cpuOfMillicores,
      @Nullable Long memoryBytes,
      @Nullable Long memoryOfBytes) {}

  /** The latest usage by the page's keys. */
  record Usages(Map<String, Usage> pods, Map<String, Usage> nodes) {}

  /** Who and how the agent is. */
  record Agent(
      boolean registered,
      @Nullable RegisterRequest registration,
      @Nullable HeartbeatRequest heartbeat,
      @Nullable Instant heartbeatAt,
      long heartbeats) {}

  synchronized void registered(RegisterRequest request) {
    registration = request;
    registered = true;
  }

  synchronized void heartbeat(HeartbeatRequest request, Instant now) {
    heartbeat = request;
    heartbeatAt = now;
    heartbeats++;
  }

  synchronized void deregistered() {
    registered = false;
  }

  synchronized void batch(MetricsBatch batch, Instant now) {
    int[] counts = new int[4];
    for (MetricRecord record : batch.metrics()) {
      switch (record) {
        case PodMetric pod -> {
          counts[0]++;
          keep(pods, pod.namespace() + "/" + pod.podName(), usage(pod));
        }
        case NodeMetric node -> {
          counts[1]++;
          keep(nodes, node.nodeName(), usage(node));
        }
        case WorkloadMetric _ -> counts[2]++;
        case EventMetric _ -> counts[3]++;
      }
    }
    batchCount++;
    recordCount += batch.metrics().size();
    batches.addLast(new Batch(now, batch.sequence(), counts[0], counts[1], counts[2], counts[3]));
    if (batches.size() > MAX_BATCHES) {
      batches.removeFirst();
    }
  }

  synchronized Agent agent() {
    return new Agent(registered, registration, heartbeat, heartbeatAt, heartbeats);
  }

  synchronized Batches batches() {
    return new Batches(batchCount, recordCount, new ArrayList<>(batches));
  }

  synchronized Usages usages() {
    return new Usages(new LinkedHashMap<>(pods), new LinkedHashMap<>(nodes));
  }

  private static Usage usage(PodMetric pod) {
    Long cpuOf =
        pod.cpuRequestMillicores() == null ? pod.cpuLimitMillicores() : pod.cpuRequestMillicores();
    Long memoryOf =
        pod.memoryLimitBytes() == null ? pod.memoryRequestBytes() : pod.memoryLimitBytes();
    return new Usage(pod.cpuUsageMillicores(), cpuOf, pod.memoryUsageBytes(), memoryOf);
  }

  private static Usage usage(NodeMetric node) {
    return new Usage(
        node.cpuUsageMillicores(),
        node.cpuAllocatableMillicores(),
        node.memoryUsageBytes(),
        node.memoryAllocatableBytes());
  }

  private static void keep(Map<String, Usage> usages, String key, Usage usage) {
    // The freshest last, so that those of pods long gone are the first to go.
    usages.remove(key);
    usages.put(key, usage);
    if (usages.size() > MAX_USAGES) {
      usages.remove(usages.keySet().iterator().next());
    }
  }
}
