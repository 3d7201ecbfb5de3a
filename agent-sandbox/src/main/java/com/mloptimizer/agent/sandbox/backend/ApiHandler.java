package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** The protocol's HTTP calls, answered strictly. */
final class ApiHandler implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(ApiHandler.class);
  private static final String ROOT = "/api/v1";
  private static final int MAX_POLLED = 16;

  private final ProtocolCodec codec = new ProtocolCodec();
  private final Ledger ledger;
  private final Misbehaviour misbehaviour;
  private final String clusterId;
  private final ApiKey key;
  private final Supplier<String> registerAnswer;

  /**
   * Answers by what the ledger knows.
   *
   * @param registerAnswer the body of the answer to a registration
   */
  ApiHandler(
      Ledger ledger,
      Misbehaviour misbehaviour,
      String clusterId,
      ApiKey key,
      Supplier<String> registerAnswer) {
    this.ledger = ledger;
    this.misbehaviour = misbehaviour;
    this.clusterId = clusterId;
    this.key = key;
    this.registerAnswer = registerAnswer;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    Reply reply;
    try {
      reply = answer(exchange);
    } catch (RequestBody.Unacceptable e) {
      reply = e.reply();
    } catch (JacksonException | ZipException e) {
      reply = Reply.problem(400, "the body cannot be read: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reply = Reply.of(503);
    }
    if (reply.status() >= 400) {
      log.debug("{} {} → {}", exchange.getRequestMethod(), exchange.getRequestURI(), reply);
    }
    reply.send(exchange);
  }

  private Reply answer(HttpExchange exchange)
      throws IOException, RequestBody.Unacceptable, InterruptedException {
    String path = exchange.getRequestURI().getPath().substring(ROOT.length());
    Optional<ApiCall> call = ApiCall.of(exchange.getRequestMethod(), path);
    if (call.isEmpty()) {
      return Reply.problem(404, "no such call");
    }
    Optional<Misbehaviour.Fault> fault = misbehaviour.next(call.get());
    if (fault.isPresent()) {
      fault.get().reaction().run();
      Thread.sleep(fault.get().delay());
      if (fault.get().status() != 0) {
        return new Reply(fault.get().status(), "", fault.get().retryAfter());
      }
    }
    checkHeaders(exchange);
    return call.get() == ApiCall.POLL ? poll(exchange) : post(call.get(), path, exchange);
  }

  private void checkHeaders(HttpExchange exchange) throws RequestBody.Unacceptable {
    var headers = exchange.getRequestHeaders();
    if (!key.toAuthorizationHeader().equals(headers.getFirst("Authorization"))) {
      throw new RequestBody.Unacceptable(401, "the API key is not known");
    }
    if (!"1".equals(headers.getFirst("X-Agent-Protocol"))) {
      throw new RequestBody.Unacceptable(400, "X-Agent-Protocol must be 1");
    }
    String agent = String.valueOf(headers.getFirst("User-Agent"));
    if (!agent.matches("kubernetes-agent/\\S+")) {
      throw new RequestBody.Unacceptable(400, "User-Agent must be kubernetes-agent/{version}");
    }
  }

  private Reply post(ApiCall call, String path, HttpExchange exchange)
      throws IOException, RequestBody.Unacceptable {
    byte[] body = RequestBody.read(exchange);
    String idempotencyKey =
        String.valueOf(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
    return switch (call) {
      case REGISTER -> {
        RegisterRequest request = codec.decode(body, RegisterRequest.class);
        checkCluster(request.clusterId());
        ledger.add(new BackendEvent.Registered(request));
        yield new Reply(201, registerAnswer.get(), null);
      }
      case HEARTBEAT -> {
        HeartbeatRequest request = codec.decode(body, HeartbeatRequest.class);
        checkCluster(request.clusterId());
        ledger.add(new BackendEvent.HeartbeatReceived(request));
        yield Reply.of(204);
      }
      case DEREGISTER -> {
        DeregisterRequest request = codec.decode(body, DeregisterRequest.class);
        checkCluster(request.clusterId());
        ledger.add(new BackendEvent.Deregistered(request));
        yield Reply.of(204);
      }
      case METRICS -> {
        MetricsBatch batch = codec.decode(body, MetricsBatch.class);
        checkCluster(batch.clusterId());
        checkKey(idempotencyKey, batch.idempotencyKey());
        yield Reply.of(ledger.addBatch(batch) ? 202 : 409);
      }
      case RESULT -> {
        ResultRequest request = codec.decode(body, ResultRequest.class);
        checkCluster(request.clusterId());
        checkKey(idempotencyKey, request.actionId().value());
        if (!path.equals("/actions/" + request.actionId() + "/result")) {
          throw new RequestBody.Unacceptable(400, "action_id and the path's id differ");
        }
        yield Reply.of(ledger.addResult(request) ? 200 : 409);
      }
      case POLL -> throw new IllegalStateException("a poll is no POST");
    };
  }

  private Reply poll(HttpExchange exchange) throws RequestBody.Unacceptable {
    Map<String, String> query = query(exchange);
    checkCluster(query.getOrDefault("cluster_id", ""));
    if (query.getOrDefault("agent_id", "").isEmpty()) {
      throw new RequestBody.Unacceptable(400, "agent_id is missing");
    }
    String max = query.getOrDefault("max", "");
    if (!max.matches("[0-9]{1,4}")) {
      throw new RequestBody.Unacceptable(400, "max must be a number");
    }
    var offered = ledger.offered(Math.min(Integer.parseInt(max), MAX_POLLED));
    if (offered.isEmpty()) {
      return Reply.of(204);
    }
    // The envelopes go out as the bytes that were signed and hashed.
    String envelopes =
        offered.stream()
            .map(action -> new String(action.envelope().json(), StandardCharsets.UTF_8))
            .collect(Collectors.joining(","));
    return new Reply(200, "{\"actions\": [" + envelopes + "]}", null);
  }

  private void checkCluster(String id) throws RequestBody.Unacceptable {
    if (!clusterId.equals(id)) {
      throw new RequestBody.Unacceptable(400, "cluster_id must be " + clusterId);
    }
  }

  private static void checkKey(String given, String expected) throws RequestBody.Unacceptable {
    if (!given.equals(expected)) {
      throw new RequestBody.Unacceptable(400, "Idempotency-Key must be " + expected);
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    return Stream.of(Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse(""))
        .flatMap(query -> Stream.of(query.split("&", -1)))
        .map(pair -> pair.split("=", 2))
        .filter(pair -> pair.length == 2)
        .collect(
            Collectors.toMap(
                pair -> pair[0],
                pair -> java.net.URLDecoder.decode(pair[1], StandardCharsets.UTF_8),
                (first, _) -> first));
  }
}
