package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.Quantity;
import java.util.Collection;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests of pods, or the room of a node. */
record PodResources(long cpuMillis, long memoryBytes, long pods) {
  static PodResources of(JsonNode pod) {
    long cpu = 0;
    long memory = 0;
    for (JsonNode container : Fields.at(pod, "spec.containers")) {
      cpu += Quantity.millis(Fields.at(container, "resources.requests.cpu"));
      memory += Quantity.units(Fields.at(container, "resources.requests.memory"));
    }
    return new PodResources(cpu, memory, 1);
  }

  static PodResources sum(Collection<ObjectNode> pods) {
    PodResources sum = new PodResources(0, 0, 0);
    for (ObjectNode pod : pods) {
      sum = sum.plus(of(pod));
    }
    return sum;
  }

  static PodResources allocatable(JsonNode node) {
    JsonNode room = Fields.at(node, "status.allocatable");
    return new PodResources(
        Quantity.millis(room.path("cpu")),
        Quantity.units(room.path("memory")),
        Quantity.units(room.path("pods")));
  }

  PodResources plus(PodResources other) {
    return new PodResources(
        cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes, pods + other.pods);
  }

  /** What does not fit into the room, in the scheduler's words. */
  Optional<String> excess(PodResources room) {
    if (cpuMillis > room.cpuMillis) {
      return Optional.of("Insufficient cpu");
    } else if (memoryBytes > room.memoryBytes) {
      return Optional.of("Insufficient memory");
    }
    return pods > room.pods ? Optional.of("Too many pods") : Optional.empty();
  }

  double shareOf(PodResources room) {
    double cpu = (double) cpuMillis / Math.max(1, room.cpuMillis);
    double memory = (double) memoryBytes / Math.max(1, room.memoryBytes);
    return Math.max(cpu, memory);
  }
}
