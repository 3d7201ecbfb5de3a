package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.backend.ApiKeySource;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the agent says of itself when it connects.
 *
 * @param version of the agent
 * @param capabilities asked before every hello
 * @param apiKey asked before every attempt, and refreshed when it was refused
 */
public record Introduction(
    AgentIdentity identity,
    String version,
    Supplier<List<String>> capabilities,
    ApiKeySource apiKey) {

  AgentFrame hello() {
    return new AgentFrame.Hello(version, ProtocolCodec.PROTOCOL, capabilities.get());
  }

  Map<String, String> headers() {
    return Map.of(
        "Authorization",
        apiKey.current().toAuthorizationHeader(),
        "User-Agent",
        "kubernetes-agent/" + version);
  }
}
