package com.mloptimizer.agent.sandbox.console;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.StrictJson;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.BrowserGuard;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /console/actions} with {@code {"type", "parameters", "dry_run"}}: signs the action
 * and pushes it to the agent. Whether the parameters make sense is for the agent to say, and the
 * page shows what it says.
 */
final class ActionsEndpoint implements HttpHandler {
  private static final int MAX_BYTES = 64 * 1024;

  private final StrictJson json = new StrictJson();
  private final ReferenceBackend backend;

  ActionsEndpoint(ReferenceBackend backend) {
    this.backend = backend;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Optional<String> objection = BrowserGuard.objectionToWrite(exchange);
      if (!exchange.getRequestMethod().equals("POST")) {
        answer(exchange, 405, "POST an action");
      } else if (objection.isPresent()) {
        answer(exchange, 403, objection.get());
      } else {
        issue(exchange);
      }
    }
  }

  private void issue(HttpExchange exchange) throws IOException {
    try {
      ObjectNode body = json.readObject(exchange.getRequestBody().readNBytes(MAX_BYTES));
      ActionDraft draft = draft(body);
      ActionId id = backend.push(draft);
      answer(exchange, 201, "{\"id\":\"" + id + "\"}");
    } catch (JacksonException e) {
      answer(exchange, 400, json.reason(e));
    } catch (IllegalArgumentException e) {
      answer(exchange, 400, String.valueOf(e.getMessage()));
    }
  }

  private static ActionDraft draft(ObjectNode body) {
    String name = body.path("type").asString("");
    ActionType type =
        ActionType.of(name)
            .orElseThrow(() -> new IllegalArgumentException("no such action: '" + name + "'"));
    if (!(body.path("parameters") instanceof ObjectNode parameters)) {
      throw new IllegalArgumentException("parameters must be an object");
    }
    ActionDraft draft = ActionDraft.of(type);
    for (var parameter : parameters.properties()) {
      draft = draft.with(parameter.getKey(), parameter.getValue());
    }
    return body.path("dry_run").asBoolean(false) ? draft.asDryRun() : draft;
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange
        .getResponseHeaders()
        .set("Content-Type", body.startsWith("{") ? "application/json" : "text/plain");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
