package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.protocol.SystemUsage;
import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;

/**
 * What the container uses and may use, read when Prometheus asks: of its cgroup (version 1 or 2),
 * of the machine where there is none. The exposition:
 *
 * <pre>
 * agent_system_cpu_seconds_total 12.5
 * agent_system_cpu_limit_cores 0.5
 * agent_system_memory_used_bytes 9.4371840E7
 * agent_system_memory_limit_bytes 2.68435456E8
 * agent_system_disk_used_bytes 1.0E9
 * agent_system_disk_size_bytes 4.0E9
 * agent_system_network_sent_bytes_total 5120.0
 * agent_system_network_received_bytes_total 10240.0
 * </pre>
 *
 * <p>The disk is the one that the spool is on; the network is without loopback.
 */
final class SystemMetrics extends Collector {
  private final SystemUsageReader reader;

  SystemMetrics(SystemUsageReader reader) {
    this.reader = reader;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    SystemUsage usage = reader.get();
    return List.of(
        new CounterMetricFamily(
            "agent_system_cpu_seconds", "Processor time of the container", reader.cpuSeconds()),
        new GaugeMetricFamily(
            "agent_system_cpu_limit_cores",
            "Processors that the container may use",
            usage.cpu().count()),
        new GaugeMetricFamily(
            "agent_system_memory_used_bytes",
            "Memory that the container uses",
            usage.memory().used()),
        new GaugeMetricFamily(
            "agent_system_memory_limit_bytes",
            "Memory that the container may use",
            usage.memory().total()),
        new GaugeMetricFamily(
            "agent_system_disk_used_bytes", "Used of the spool's disk", usage.disk().used()),
        new GaugeMetricFamily(
            "agent_system_disk_size_bytes", "Size of the spool's disk", usage.disk().total()),
        new CounterMetricFamily(
            "agent_system_network_sent_bytes",
            "Sent by the pod's interfaces",
            usage.network().bytesSent()),
        new CounterMetricFamily(
            "agent_system_network_received_bytes",
            "Received by the pod's interfaces",
            usage.network().bytesReceived()));
  }
}
