package com.mloptimizer.agent.deploy;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.StrictJson;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The reference backend as a program of its own, for a pod. Beside the protocol it answers to a
 * test: {@code GET /test/seen} tells what has arrived, {@code POST /test/push} signs an action and
 * sends it by WebSocket.
 */
final class ClusterBackend {
  static final int HTTP_PORT = 8080;
  static final int WEB_SOCKET_PORT = 8081;

  private final JsonMapper json = new JsonMapper();
  private final ReferenceBackend backend;

  private ClusterBackend(ReferenceBackend backend) {
    this.backend = backend;
  }

  /**
   * Runs until the process is ended; CLUSTER_ID, API_KEY and SECRET_KEY come from the environment.
   */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    ReferenceBackend backend =
        ReferenceBackend.builder()
            .clusterId(environment.get("CLUSTER_ID"))
            .apiKey(environment.get("API_KEY"))
            .signingKey(SigningKey.of("default", environment.get("SECRET_KEY")))
            .address(InetAddress.ofLiteral("0.0.0.0"))
            .httpPort(HTTP_PORT)
            .webSocketPort(WEB_SOCKET_PORT)
            .start();
    ClusterBackend served = new ClusterBackend(backend);
    backend.serve("/test/seen", exchange -> answer(exchange, served.seen()));
    backend.serve("/test/push", exchange -> answer(exchange, served.push(exchange)));
    Thread.currentThread().join();
  }

  private JsonNode seen() {
    ObjectNode seen = json.createObjectNode();
    seen.put("connected", backend.isConnected());
    ArrayNode agents = seen.putArray("agents");
    backend.registrations().forEach(registration -> agents.add(registration.agentId()));
    ArrayNode batches = seen.putArray("batches");
    for (MetricsBatch batch : backend.batches()) {
      batches
          .addObject()
          .put("agent", batch.agentId())
          .put("at", batch.timestamp().toString())
          .put("records", batch.metrics().size());
    }
    ObjectNode results = seen.putObject("results");
    backend
        .results()
        .forEach(
            result -> results.set(result.actionId().value(), json.valueToTree(result.result())));
    return seen;
  }

  private JsonNode push(HttpExchange exchange) throws IOException {
    ObjectNode wish = new StrictJson().readObject(exchange.getRequestBody().readAllBytes());
    ActionDraft draft =
        ActionDraft.of(ActionType.of(wish.path("type").stringValue()).orElseThrow());
    for (Map.Entry<String, JsonNode> parameter : wish.path("parameters").properties()) {
      draft = draft.with(parameter.getKey(), parameter.getValue());
    }
    return json.createObjectNode().put("id", backend.push(draft).value());
  }

  private static void answer(HttpExchange exchange, JsonNode body) throws IOException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().put("Content-Type", List.of("application/json"));
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
