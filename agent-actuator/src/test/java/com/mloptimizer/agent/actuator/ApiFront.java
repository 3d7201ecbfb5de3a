package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands before an API server, real or embedded: records every call with its body, answers what a
 * test wants answered otherwise, loses answers, and goes away. Thread-safe.
 */
public final class ApiFront implements AutoCloseable {
  /** A call as it came in; the path is percent-encoded, the query is raw. */
  public record Call(String method, String path, String query, String body) {
    /** Whether it could change something. */
    public boolean isWrite() {
      return !method.equals("GET") && !query.contains("dryRun=All");
    }

    /** Whether it asks for an eviction that is not a dry run. */
    public boolean isEviction() {
      return isWrite() && path.endsWith("/eviction");
    }

    /** The body's JSON. */
    public JsonNode json() {
      return new JsonMapper().readTree(body);
    }
  }

  /** What becomes of a call that a script takes. */
  public sealed interface Reply {
    /** Answered instead of the server. */
    record Answer(int status, String body, int retryAfterSeconds) implements Reply {}

    /** Served, but the answer is lost. */
    record Lost() implements Reply {}

    /** Neither served nor answered. */
    record Dropped() implements Reply {}
  }

  /** Answers some of the calls. */
  @FunctionalInterface
  public interface Script {
    /** What becomes of the call; empty if the server serves it. */
    Optional<Reply> take(Call call) throws InterruptedException;
  }

  private final JsonMapper json = new JsonMapper();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final int port;
  private volatile KubernetesClient behind;
  private volatile Script script = _ -> Optional.empty();
  private HttpServer server; // guarded by this

  /** Listens before that API server. */
  public ApiFront(KubernetesClient behind) throws IOException {
    this.behind = behind;
    this.server = listen(0);
    this.port = server.getAddress().getPort();
  }

  private HttpServer listen(int atPort) throws IOException {
    HttpServer listening =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), atPort), 0);
    listening.setExecutor(threads);
    listening.createContext("/", this::serve);
    listening.start();
    return listening;
  }

  /** A Status with causes, each of them {@code reason: message}. */
  public static Reply status(int code, String reason, String message, String... causes) {
    ObjectNode status = new JsonMapper().createObjectNode();
    status.put("kind", "Status").put("apiVersion", "v1").put("status", "Failure");
    status.put("code", code).put("reason", reason).put("message", message);
    for (String cause : causes) {
      int colon = cause.indexOf(": ");
      status
          .withObject("/details")
          .withArray("/causes")
          .addObject()
          .put("reason", cause.substring(0, colon))
          .put("message", cause.substring(colon + 2));
    }
    return new Reply.Answer(code, status.toString(), 0);
  }

  /** From now on this identity is behind it. */
  public void behind(KubernetesClient other) {
    behind = other;
  }

  /** Has this script take calls from now on. */
  public void script(Script other) {
    script = other;
  }

  /** What came in so far. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /** Forgets what came in. */
  public void clear() {
    calls.clear();
  }

  /** Refuses connections from now on. */
  public synchronized void goAway() {
    server.stop(0);
  }

  /** Listens again, on the same port. */
  public synchronized void comeBack() throws IOException {
    server = listen(port);
  }

  /** A kubeconfig that leads here. */
  public Path writeKubeconfig(Path file) throws IOException {
    return Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        current-context: front
        contexts: [{name: front, context: {cluster: front, user: front}}]
        clusters: [{name: front, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: front, user: {token: "whoever"}}]
        """
            .formatted(port));
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      Call call =
          new Call(
              exchange.getRequestMethod(),
              exchange.getRequestURI().getRawPath(),
              String.valueOf(exchange.getRequestURI().getRawQuery()),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      calls.add(call);
      Optional<Reply> reply = script.take(call);
      if (reply.isEmpty()) {
        send(exchange, forward(exchange, call));
        return;
      }
      switch (reply.get()) {
        case Reply.Answer answer -> send(exchange, answer);
        case Reply.Lost _ -> forward(exchange, call);
        case Reply.Dropped _ -> {}
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Reply.Answer forward(HttpExchange exchange, Call call) throws IOException {
    ApiAnswer answer = behind.send(request(exchange, call));
    String body = answer.body().isMissingNode() ? "" : answer.body().toString();
    return new Reply.Answer(
        answer.statusCode(),
        body,
        answer.retryAfter().map(time -> Math.toIntExact(time.toSeconds())).orElse(0));
  }

  private ApiRequest request(HttpExchange exchange, Call call) {
    ResourcePath path = ResourcePath.raw(call.path());
    String contentType = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
    ApiRequest request =
        switch (call.method()) {
          case "GET" -> ApiRequest.get(path);
          case "POST" -> ApiRequest.post(path, json.readTree(call.body()));
          case "PUT" -> ApiRequest.put(path, json.readTree(call.body()));
          case "DELETE" ->
              call.body().isEmpty()
                  ? ApiRequest.delete(path)
                  : ApiRequest.delete(path, (ObjectNode) json.readTree(call.body()));
          default -> patch(path, contentType, json.readTree(call.body()));
        };
    for (String parameter : call.query().split("&", -1)) {
      int equals = parameter.indexOf('=');
      if (equals > 0) {
        request =
            request.query(
                parameter.substring(0, equals),
                URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return request;
  }

  private static ApiRequest patch(ResourcePath path, String contentType, JsonNode body) {
    return contentType.startsWith("application/merge-patch+json")
        ? ApiRequest.mergePatch(path, body)
        : ApiRequest.strategicMergePatch(path, body);
  }

  private static void send(HttpExchange exchange, Reply.Answer answer) throws IOException {
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    if (answer.retryAfterSeconds() > 0) {
      exchange.getResponseHeaders().set("Retry-After", String.valueOf(answer.retryAfterSeconds()));
    }
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  @Override
  public synchronized void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
