package com.mloptimizer.agent.core.protocol;

import java.time.Instant;
import java.util.List;

/** {@code POST /agents/register}: what this process is and may do. */
public record RegisterRequest(
    String clusterId,
    String agentId,
    String bootId,
    String version,
    int protocol,
    String kubernetesVersion,
    List<String> capabilities,
    Instant timestamp) {
  public RegisterRequest {
    capabilities = List.copyOf(capabilities);
  }
}
