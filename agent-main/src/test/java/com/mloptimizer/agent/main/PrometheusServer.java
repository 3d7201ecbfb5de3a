package com.mloptimizer.agent.main;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real Prometheus that scrapes one agent every second. */
final class PrometheusServer implements AutoCloseable {
  static final Path PROGRAM = Path.of("/usr/bin/prometheus");
  static final Path TOOL = Path.of("/usr/bin/promtool");

  private static final Duration STOP_TIME = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newHttpClient();
  private final JsonMapper json = new JsonMapper();
  private final Process process;
  private final URI uri;
  private final Path log;

  private PrometheusServer(Process process, URI uri, Path log) {
    this.process = process;
    this.uri = uri;
    this.log = log;
  }

  /**
   * Starts it; {@link #query} answers once it is up.
   *
   * @param rules a file of rules
   * @param target the agent's port
   */
  static PrometheusServer start(Path directory, Path rules, int target) throws IOException {
    Path configuration = directory.resolve("prometheus.yml");
    Files.writeString(
        configuration,
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: ['%s']
        scrape_configs:
          - job_name: kubernetes-agent
            static_configs: [{targets: ['127.0.0.1:%d'], labels: {namespace: ml-optimizer}}]
        """
            .formatted(rules, target));
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path log = directory.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                PROGRAM.toString(),
                "--config.file=" + configuration,
                "--storage.tsdb.path=" + directory.resolve("prometheus"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new PrometheusServer(process, URI.create("http://127.0.0.1:" + port), log);
  }

  /** What an instant query answers: its {@code data}; missing while the server starts. */
  JsonNode query(String expression) throws InterruptedException {
    return get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
  }

  /** The rules and how they fare. */
  JsonNode rules() throws InterruptedException {
    return get("/api/v1/rules");
  }

  private JsonNode get(String path) throws InterruptedException {
    try {
      String body =
          http.send(
                  HttpRequest.newBuilder(URI.create(uri + path))
                      .timeout(Duration.ofSeconds(10))
                      .build(),
                  BodyHandlers.ofString())
              .body();
      JsonNode answer = json.readTree(body);
      if (!answer.path("status").asString("").equals("success")) {
        throw new AssertionError(path + ": " + answer);
      }
      return answer.path("data");
    } catch (IOException e) {
      return json.missingNode();
    }
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** Runs promtool to its end, and fails unless it succeeds. */
  static String tool(Path directory, byte[] input, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(TOOL.toString()));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("promtool", ".txt");
    try {
      Path in = Files.write(Files.createTempFile("promtool", ".in"), input);
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(in.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(60, TimeUnit.SECONDS);
      Files.delete(in);
      if (!ended || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new AssertionError(command + ": " + Files.readString(output));
      }
      return Files.readString(output);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  @Override
  public void close() {
    http.close();
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
