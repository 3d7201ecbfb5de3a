package com.mloptimizer.agent.core.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers one request after the other as a test says, and remembers what was asked. */
final class ScriptedApiServer implements AutoCloseable {

  record Received(String method, String target, Map<String, List<String>> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  @FunctionalInterface
  interface Reply {
    void to(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Reply> script = new ArrayDeque<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();

  ScriptedApiServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  ScriptedApiServer then(Reply reply) {
    synchronized (script) {
      script.add(reply);
    }
    return this;
  }

  ScriptedApiServer then(int status, String body) {
    return then(exchange -> send(exchange, status, body));
  }

  static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  List<Received> received() {
    return received;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** A client whose kubeconfig has this user section, two spaces deep. */
  KubernetesClient client(Path folder, String user)
      throws IOException, KubernetesConfigurationException {
    return client(folder, user, KubernetesMetrics.unscraped());
  }

  /** The same, whose requests are counted there. */
  KubernetesClient client(Path folder, String user, KubernetesMetrics metrics)
      throws IOException, KubernetesConfigurationException {
    Path kubeconfig = folder.resolve("kubeconfig");
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{name: test, context: {cluster: test, user: test, namespace: shop}}]
        clusters: [{name: test, cluster: {server: "%s"}}]
        users: [{name: test, user: %s}]
        """
            .formatted(url(), user));
    return KubernetesAccess.from(Map.of(), folder)
        .withKubeconfig(kubeconfig)
        .open("1.2.3", metrics);
  }

  private void answer(HttpExchange exchange) {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      received.add(
          new Received(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              Map.copyOf(exchange.getRequestHeaders()),
              body));
      Reply reply;
      synchronized (script) {
        reply = script.poll();
      }
      if (reply == null) {
        send(exchange, 500, "nothing scripted");
      } else {
        reply.to(exchange);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
