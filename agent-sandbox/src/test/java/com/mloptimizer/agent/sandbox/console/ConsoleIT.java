package com.mloptimizer.agent.sandbox.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.backend.TrackedAction;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console over HTTP, with a cluster of one node that somebody cordons. */
@Timeout(60)
class ConsoleIT {
  private static final String CORDON =
      "{\"type\":\"cordon_node\",\"parameters\":{\"node_name\":\"node-1\"},\"dry_run\":true}";

  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch cordon = new CountDownLatch(1);
  private HttpServer api;
  private ReferenceBackend backend;
  private ClusterView cluster;

  @BeforeEach
  void start(@TempDir Path dir) throws Exception {
    api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    api.setExecutor(threads);
    api.createContext("/", this::answer);
    api.start();
    Path kubeconfig =
        Files.writeString(
            dir.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            current-context: c
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """
                .formatted(api.getAddress().getPort()));
    backend = ReferenceBackend.builder().start();
    cluster =
        ClusterView.start(
            KubernetesAccess.from(Map.of(), dir).withKubeconfig(kubeconfig).open("test"));
    Console.serve(backend, cluster, false);
  }

  @AfterEach
  void stop() {
    cordon.countDown();
    http.shutdownNow();
    cluster.close();
    backend.close();
    api.stop(0);
    threads.shutdownNow();
  }

  @Test
  void page_everyFileItNames_isServedUnderAPolicyThatAllowsNothingElse() throws Exception {
    HttpResponse<String> page = get("/");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self'");
    assertThat(Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page.body()).results())
        .hasSizeGreaterThan(3)
        .allSatisfy(name -> assertThat(get(name.group(1)).statusCode()).isEqualTo(200));
    assertThat(
            Pattern.compile("from \"\\.(/[^\"]+)\"")
                .matcher(get("/console.js").body() + get("/cluster.js").body())
                .results())
        .hasSizeGreaterThan(4)
        .allSatisfy(name -> assertThat(get(name.group(1)).statusCode()).isEqualTo(200));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/../console.js", "/static/index.html"})
  void page_otherPath_isNotFound(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @Test
  void events_onConnect_bringEverySectionAndThenWhatChanges() throws Exception {
    HttpRequest request = request("/console/events").build();
    try (InputStream stream = http.send(request, BodyHandlers.ofInputStream()).body();
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      for (Section section : Section.values()) {
        awaitEvent(lines, section, "");
      }
      cordon.countDown();
      awaitEvent(lines, Section.CLUSTER, "\"cordoned\":true");
    }
  }

  @Test
  void actions_fromThePage_areSignedAndIssued() throws Exception {
    HttpResponse<String> answer = post("application/json", backend.httpUrl().toString());

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(backend.actions()).hasSize(1);
    TrackedAction action = backend.actions().getFirst();
    assertThat(answer.body()).isEqualTo("{\"id\":\"" + action.id() + "\"}");
    assertThat(action.type()).isEqualTo("cordon_node");
    assertThat(action.dryRun()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"text/plain, ", "application/json, http://evil.example", "application/json, 'null'"})
  void actions_fromElsewhere_areNotTaken(String contentType, String origin) throws Exception {
    assertThat(post(contentType, origin).statusCode()).isEqualTo(403);
    assertThat(backend.actions()).isEmpty();
  }

  private static void awaitEvent(BufferedReader lines, Section section, String content)
      throws IOException {
    String event = "";
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("event: ")) {
        event = line.substring("event: ".length());
      } else if (event.equals(section.eventName()) && line.contains(content)) {
        return;
      }
    }
    throw new AssertionError("the stream ended before " + section + " with " + content);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(request(path).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String contentType, String origin)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request("/console/actions")
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(CORDON));
    if (origin != null) {
      request.header("Origin", origin);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(backend.httpUrl() + path));
  }

  /** An API server with one node and nothing else. */
  private void answer(HttpExchange exchange) throws IOException {
    boolean nodes = exchange.getRequestURI().getPath().equals("/api/v1/nodes");
    boolean watch = exchange.getRequestURI().getRawQuery().contains("watch=true");
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    try (exchange) {
      if (watch) {
        cordon.await();
        write(exchange, nodes ? "{\"type\":\"MODIFIED\",\"object\":" + node(true) + "}\n" : "");
      } else {
        write(
            exchange,
            "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},"
                + "\"items\":["
                + (nodes ? node(false) : "")
                + "]}");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(HttpExchange exchange, String text) throws IOException {
    exchange.getResponseBody().write(text.getBytes(UTF_8));
    exchange.getResponseBody().flush();
  }

  private static String node(boolean cordoned) {
    return """
    {"kind":"Node","apiVersion":"v1",
     "metadata":{"name":"node-1","resourceVersion":"2"},
     "spec":{"unschedulable":%s},
     "status":{"conditions":[{"type":"Ready","status":"True"}]}}\
    """
        .formatted(cordoned)
        .replace("\n", "");
  }
}
