package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.cluster.Amounts;
import com.mloptimizer.agent.collector.cluster.ContainerSpec;
import com.mloptimizer.agent.collector.cluster.EventInfo;
import com.mloptimizer.agent.collector.cluster.Meta;
import com.mloptimizer.agent.collector.cluster.NodeInfo;
import com.mloptimizer.agent.collector.cluster.PodInfo;
import com.mloptimizer.agent.collector.cluster.PodInfo.ContainerStatus;
import com.mloptimizer.agent.collector.cluster.ReplicaSetInfo;
import com.mloptimizer.agent.collector.cluster.Usage;
import com.mloptimizer.agent.collector.cluster.UsageSamples;
import com.mloptimizer.agent.collector.cluster.UsageSamples.PodSample;
import com.mloptimizer.agent.collector.cluster.WorkloadInfo;
import com.mloptimizer.agent.core.protocol.ContainerMetric;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.NodeMetric;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.WorkloadMetric;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes a cycle's records of what is known and what was sampled (protocol section 6).
 *
 * <p>A pod without a sample has usage {@code null}, a finished one too; a sample without a pod
 * makes no record. The containers of a record are those that last, sidecars among them; init
 * containers count in requests, limits and restarts. A mirror pod's owner is its node.
 */
final class RecordJoin {

  private static final ContainerStatus UNTRIED = new ContainerStatus(0, null);
  private static final PodSample NO_SAMPLE = new PodSample(Instant.EPOCH, List.of());

  private final UsageSamples samples;
  private final Function<String, Optional<ReplicaSetInfo>> replicaSets;
  private final Instant now;

  /**
   * For one cycle.
   *
   * @param replicaSets finds one by UID
   * @param now the records' timestamp
   */
  RecordJoin(
      UsageSamples samples, Function<String, Optional<ReplicaSetInfo>> replicaSets, Instant now) {
    this.samples = samples;
    this.replicaSets = replicaSets;
    this.now = now;
  }

  PodMetric pod(PodInfo pod) {
    PodSample sample = pod.isFinished() ? NO_SAMPLE : samples.of(pod).orElse(NO_SAMPLE);
    Amounts usage = sample.total().rounded();
    List<ContainerMetric> containers =
        pod.containers().stream()
            .filter(ContainerSpec::isLasting)
            .map(container -> container(pod, container, sample))
            .toList();
    int restarts = pod.statuses().values().stream().mapToInt(ContainerStatus::restartCount).sum();
    return new PodMetric(
        pod.meta().namespace(),
        pod.meta().name(),
        pod.uid(),
        pod.nodeName(),
        pod.phase(),
        pod.ready(),
        pod.qosClass(),
        pod.priority(),
        owner(pod).orElse(null),
        pod.meta().labels(),
        usage.cpuMillicores(),
        usage.memoryBytes(),
        pod.requests().cpuMillicores(),
        pod.requests().memoryBytes(),
        pod.limits().cpuMillicores(),
        pod.limits().memoryBytes(),
        restarts,
        containers,
        now);
  }

  private static ContainerMetric container(PodInfo pod, ContainerSpec container, PodSample sample) {
    Amounts usage = sample.of(container.name()).rounded();
    ContainerStatus status = pod.statuses().getOrDefault(container.name(), UNTRIED);
    return new ContainerMetric(
        container.name(),
        container.image(),
        usage.cpuMillicores(),
        usage.memoryBytes(),
        container.requests().cpuMillicores(),
        container.requests().memoryBytes(),
        container.limits().cpuMillicores(),
        container.limits().memoryBytes(),
        status.restartCount(),
        status.lastTerminationReason());
  }

  /** The workload above the pod, through its ReplicaSet if that is known to belong to one. */
  private Optional<PodMetric.Owner> owner(PodInfo pod) {
    return pod.meta()
        .controller()
        .map(direct ->
            replicaSets.apply(direct.uid()).flatMap(ReplicaSetInfo::controller).orElse(direct))
        .map(RecordJoin::named);
  }

  private static PodMetric.Owner named(Meta.Controller controller) {
    return new PodMetric.Owner(controller.kind(), controller.name());
  }

  NodeMetric node(NodeInfo node, @Nullable Integer podCount) {
    Amounts usage = samples.nodes().getOrDefault(node.meta().name(), Usage.NONE).rounded();
    Map<String, String> labels = node.meta().labels();
    return new NodeMetric(
        node.meta().name(),
        node.uid(),
        usage.cpuMillicores(),
        usage.memoryBytes(),
        node.capacity().cpuMillicores(),
        node.capacity().memoryBytes(),
        node.allocatable().cpuMillicores(),
        node.allocatable().memoryBytes(),
        node.podsAllocatable(),
        podCount,
        node.isReady(),
        node.unschedulable(),
        node.conditions().statuses(),
        node.taints(),
        labels,
        either(labels, "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"),
        either(labels, "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"),
        node.kubeletVersion(),
        now);
  }

  private static @Nullable String either(
      Map<String, String> labels, String label, String olderLabel) {
    String value = labels.get(label);
    return value == null ? labels.get(olderLabel) : value;
  }

  WorkloadMetric workload(WorkloadInfo workload) {
    return new WorkloadMetric(
        workload.kind(),
        workload.meta().namespace(),
        workload.meta().name(),
        workload.uid(),
        workload.desired(),
        workload.ready(),
        workload.available(),
        workload.updated(),
        workload.meta().generation(),
        workload.observedGeneration(),
        workload.meta().labels(),
        now);
  }

  EventMetric event(EventInfo event) {
    return new EventMetric(
        event.namespace(),
        event.name(),
        event.type(),
        event.reason(),
        event.message(),
        event.involvedObject(),
        event.count(),
        event.firstSeenAt(),
        event.lastSeenAt());
  }
}
