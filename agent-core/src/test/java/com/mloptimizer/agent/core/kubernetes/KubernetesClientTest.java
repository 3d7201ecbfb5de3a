package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Timeout(30)
final class KubernetesClientTest {

  @TempDir Path folder;
  private ScriptedApiServer server;
  private KubernetesClient client;

  @BeforeEach
  void start() throws Exception {
    server = new ScriptedApiServer();
    client = server.client(folder, "{token: secret}");
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void send_get_carriesTokenAndUserAgentAndReturnsTheTree() throws IOException {
    server.then(200, "{\"metadata\":{\"name\":\"web-1\"}}");

    ApiAnswer answer =
        client.send(ApiRequest.get(ResourcePath.core("pods").namespace("shop").name("web-1")));

    assertThat(answer.isSuccess()).isTrue();
    assertThat(answer.body().at("/metadata/name").asString()).isEqualTo("web-1");
    ScriptedApiServer.Received request = server.received().getFirst();
    assertThat(request.target()).isEqualTo("/api/v1/namespaces/shop/pods/web-1");
    assertThat(request.header("Authorization")).isEqualTo("Bearer secret");
    assertThat(request.header("User-agent")).isEqualTo("kubernetes-agent/1.2.3");
    assertThat(client.namespace()).isEqualTo("shop");
  }

  @Test
  void send_status429_isAnAnswerWithReasonCausesAndRetryAfter() throws IOException {
    server.then(
        429,
        """
        {"kind":"Status","status":"Failure","message":"Cannot evict pod","reason":"TooManyRequests",
         "details":{"retryAfterSeconds":7,
           "causes":[{"reason":"DisruptionBudget","message":"needs 2 healthy pods"}]},"code":429}
        """);

    ApiAnswer answer = client.send(eviction().dryRun());

    assertThat(answer.isSuccess()).isFalse();
    assertThat(answer.reason()).isEqualTo("TooManyRequests");
    assertThat(answer.message()).isEqualTo("Cannot evict pod");
    assertThat(answer.hasCause("DisruptionBudget")).isTrue();
    assertThat(answer.retryAfter()).contains(Duration.ofSeconds(7));
    assertThat(server.received().getFirst().target())
        .isEqualTo(
            "/api/v1/namespaces/shop/pods/web-1/eviction?fieldManager=kubernetes-agent&dryRun=All");
  }

  @Test
  void send_plainTextFailure_isItsMessage() throws IOException {
    server.then(404, "404 page not found\n");

    ApiAnswer answer = client.send(ApiRequest.get(ResourcePath.raw("/apis/metrics.k8s.io")));

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.message()).isEqualTo("404 page not found");
    assertThat(answer.summary()).isEqualTo("404: 404 page not found");
  }

  @Test
  void send_emptyBody_isAMissingNode() throws IOException {
    server.then(200, "");

    assertThat(client.send(ApiRequest.get(ResourcePath.raw("/healthz"))).body().isMissingNode())
        .isTrue();
  }

  @Test
  void send_redirect_isNotFollowed() throws IOException {
    server.then(exchange -> {
      exchange.getResponseHeaders().set("Location", server.url() + "/elsewhere");
      ScriptedApiServer.send(exchange, 302, "");
    });

    assertThat(client.send(eviction()).statusCode()).isEqualTo(302);
    assertThat(server.received()).hasSize(1);
  }

  @Test
  void send_connectionCut_isAnIoFailureAndNotRepeated() {
    server.then(exchange -> {
      exchange.sendResponseHeaders(201, 100);
      exchange.getResponseBody().write(new byte[3]);
      throw new IOException("cut");
    });

    assertThatThrownBy(() -> client.send(eviction()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("POST /api/v1/namespaces/shop/pods/web-1/eviction");
    assertThat(server.received()).hasSize(1);
  }

  @Test
  void send_silentServer_endsAtItsTimeout() {
    CountDownLatch never = new CountDownLatch(1);
    server.then(exchange -> {
      try {
        never.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });

    assertThatThrownBy(() -> client.send(eviction().timeout(Duration.ofMillis(200))))
        .isInstanceOf(IOException.class);
    never.countDown();
  }

  @Test
  void send_answerThatInflatesPastTheLimit_isRefused() {
    server.then(exchange -> {
      exchange.getResponseHeaders().set("Content-Encoding", "gzip");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
        byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 32; i++) {
          out.write(spaces);
        }
      }
    });

    assertThatThrownBy(() -> client.send(ApiRequest.get(ResourcePath.core("pods"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("longer than");
  }

  @Test
  void send_unauthorized_readsTheTokenAgainOnce() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "old\n");
    try (KubernetesClient rotating = server.client(folder, "{tokenFile: token}")) {
      server
          .then(200, "{}")
          .then(exchange -> {
            Files.writeString(token, "new\n");
            ScriptedApiServer.send(exchange, 401, "{}");
          })
          .then(200, "{}")
          .then(401, "{}")
          .then(401, "{}");

      assertThat(rotating.send(eviction()).statusCode()).isEqualTo(200);
      assertThat(rotating.send(eviction()).statusCode()).isEqualTo(200);
      assertThat(rotating.send(eviction()).statusCode()).isEqualTo(401);
    }
    assertThat(server.received())
        .extracting(request -> request.header("Authorization"))
        .containsExactly("Bearer old", "Bearer old", "Bearer new", "Bearer new", "Bearer new");
    assertThat(server.received().get(2).body()).isEqualTo("{\"kind\":\"Eviction\"}");
  }

  @Test
  void send_tokenFileGone_isAnIoFailure() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "old");
    try (KubernetesClient rotating = server.client(folder, "{tokenFile: token}")) {
      Files.delete(token);

      assertThatThrownBy(() -> rotating.send(eviction()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("token");
    }
  }

  private static ApiRequest eviction() {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("kind", "Eviction");
    return ApiRequest.post(
        ResourcePath.core("pods").namespace("shop").name("web-1").subresource("eviction"), body);
  }
}
