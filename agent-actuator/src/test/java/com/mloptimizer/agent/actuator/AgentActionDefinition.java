package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import tools.jackson.databind.JsonNode;

/** The chart's own definition, by way of an embedded cluster, which installs it too. */
final class AgentActionDefinition {
  static final JsonNode SPEC = read();

  private AgentActionDefinition() {}

  private static JsonNode read() {
    try (EmbeddedCluster embedded =
        EmbeddedCluster.builder().nodes(1).demoWorkloads(false).build()) {
      embedded.start();
      return embedded
          .get(
              "apiextensions.k8s.io/v1",
              "CustomResourceDefinition",
              "",
              "agentactions.agent.mloptimizer.com")
          .orElseThrow()
          .path("spec");
    }
  }
}
