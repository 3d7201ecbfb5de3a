package com.mloptimizer.agent.sandbox.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls a cluster's API as plain HTTP, every call with a deadline. */
final class ClusterClient implements AutoCloseable {
  static final String MERGE = "application/merge-patch+json";
  static final String STRATEGIC = "application/strategic-merge-patch+json";
  static final String JSON_PATCH = "application/json-patch+json";

  private final HttpClient http = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.builder().build();
  private final EmbeddedCluster cluster;

  ClusterClient(EmbeddedCluster cluster) {
    this.cluster = cluster;
  }

  record Answer(int code, JsonNode body, HttpHeaders headers) {
    String reason() {
      return body.path("reason").asString("");
    }

    String message() {
      return body.path("message").asString("");
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(cluster.uri() + path))
        .timeout(Duration.ofSeconds(10))
        .header("Authorization", "Bearer " + cluster.token());
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  Answer get(String path, String accept) throws IOException, InterruptedException {
    return send(request(path).header("Accept", accept).GET());
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  Answer put(String path, String body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)));
  }

  Answer patch(String path, String type, String body) throws IOException, InterruptedException {
    return send(
        request(path).header("Content-Type", type).method("PATCH", BodyPublishers.ofString(body)));
  }

  Answer delete(String path) throws IOException, InterruptedException {
    return send(request(path).DELETE());
  }

  Answer withToken(String path, String token) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(cluster.uri() + path))
            .timeout(Duration.ofSeconds(10))
            .header("Authorization", "Bearer " + token));
  }

  /** The events of a watch until it ends; the caller's timeoutSeconds bounds it. */
  List<JsonNode> watch(String path) throws IOException, InterruptedException {
    HttpResponse<Stream<String>> response =
        http.send(request(path).GET().build(), BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      return lines.map(json::readTree).toList();
    }
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    String type = response.headers().firstValue("Content-Type").orElse("");
    JsonNode body =
        type.startsWith("application/json")
            ? json.readTree(response.body())
            : json.valueToTree(response.body());
    return new Answer(response.statusCode(), body, response.headers());
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
