package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.StrictJson;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Misbehaviour by curl: {@code POST /control/{what}} with a JSON object.
 *
 * <pre>
 * answer          {"call": "metrics", "status": 503, "retry_after_seconds": 5, "times": 3}
 * delay           {"call": "heartbeat", "seconds": 20, "times": 1}
 * refuse-upgrades {"status": 401, "times": 1}
 * ignore-pings    {"on": true}
 * drop-socket     {}
 * goaway          {"retry_after_seconds": 10}
 * duplicate       {"action_id": "act-1"}
 * bad-signature   {"node_name": "node-1"}
 * envelope        an envelope that somebody else signed; it is sent as an action_command
 * behave          {}
 * </pre>
 */
final class ControlHandler implements HttpHandler {
  private static final int MAX_BYTES = 128 * 1024;

  private final StrictJson json = new StrictJson();
  private final ReferenceBackend backend;

  ControlHandler(ReferenceBackend backend) {
    this.backend = backend;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    reply(exchange).send(exchange);
  }

  private Reply reply(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      return Reply.problem(405, "POST a JSON object");
    }
    Optional<String> objection = BrowserGuard.objectionToWrite(exchange);
    if (objection.isPresent()) {
      return Reply.problem(403, objection.get());
    }
    try {
      ObjectNode body = json.readObject(exchange.getRequestBody().readNBytes(MAX_BYTES));
      String what = exchange.getRequestURI().getPath().substring("/control/".length());
      return control(what, body) ? Reply.of(204) : Reply.problem(404, "no such control: " + what);
    } catch (JacksonException | IllegalArgumentException e) {
      return Reply.problem(400, String.valueOf(e.getMessage()));
    }
  }

  private boolean control(String what, ObjectNode body) {
    Misbehaviour misbehaviour = backend.misbehave();
    int times = body.path("times").asInt(1);
    switch (what) {
      case "answer" -> {
        @Nullable Duration retryAfter = seconds(body, "retry_after_seconds");
        int status = body.path("status").asInt(500);
        if (retryAfter == null) {
          misbehaviour.answer(call(body), status, times);
        } else {
          misbehaviour.answer(call(body), status, retryAfter, times);
        }
      }
      case "delay" -> misbehaviour.delay(call(body), orNone(seconds(body, "seconds")), times);
      case "refuse-upgrades" ->
          misbehaviour.refuseUpgrades(
              body.path("status").asInt(503), seconds(body, "retry_after_seconds"), times);
      case "ignore-pings" -> misbehaviour.ignorePings(body.path("on").asBoolean(true));
      case "drop-socket" -> backend.dropSocket();
      case "goaway" -> backend.goAway(orNone(seconds(body, "retry_after_seconds")));
      case "duplicate" -> backend.pushAgain(new ActionId(body.path("action_id").asString("")));
      case "bad-signature" ->
          backend.pushBadlySigned(
              ActionDraft.of(ActionType.CORDON_NODE)
                  .with("node_name", body.path("node_name").asString("node-1")));
      case "envelope" ->
          backend.pushFrame("{\"type\":\"action_command\",\"envelope\":" + body + "}");
      case "behave" -> misbehaviour.none();
      default -> {
        return false;
      }
    }
    return true;
  }

  private static ApiCall call(ObjectNode body) {
    String name = body.path("call").asString("");
    return ApiCall.of(name)
        .orElseThrow(() -> new IllegalArgumentException("no such call: '" + name + "'"));
  }

  private static @Nullable Duration seconds(ObjectNode body, String name) {
    return body.path(name).isIntegralNumber()
        ? Duration.ofSeconds(body.path(name).intValue())
        : null;
  }

  private static Duration orNone(@Nullable Duration duration) {
    return duration == null ? Duration.ZERO : duration;
  }
}
