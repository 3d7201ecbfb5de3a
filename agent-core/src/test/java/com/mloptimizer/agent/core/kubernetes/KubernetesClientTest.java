package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
  void separate_othersAreClosed_hasConnectionsOfItsOwn() throws IOException {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 3; i++) {
      server.then(exchange -> {
        ports.add(exchange.getRemoteAddress().getPort());
        ScriptedApiServer.send(exchange, 200, "{}");
      });
    }
    ApiRequest request = ApiRequest.get(ResourcePath.core("pods"));
    client.send(request);
    try (KubernetesClient separate = client.separate()) {
      separate.send(request);
      client.close();
      assertThat(separate.send(request).isSuccess()).isTrue();
    }

    assertThat(ports).hasSize(2);
  }

  @Test
  void close_callUnderWay_resetsItsConnection() throws Exception {
    CompletableFuture<String> end = new CompletableFuture<>();
    CountDownLatch cut = new CountDownLatch(1);
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread serving =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket socket = silent.accept()) {
                  end.complete("bytes: " + socket.getInputStream().readAllBytes().length);
                } catch (IOException e) {
                  end.complete(String.valueOf(e.getMessage()));
                }
              });
      Path kubeconfig = folder.resolve("kubeconfig");
      Files.writeString(
          kubeconfig,
          Files.readString(kubeconfig)
              .replace(server.url(), "http://127.0.0.1:" + silent.getLocalPort()));
      KubernetesClient waiting =
          KubernetesAccess.from(Map.of(), folder).withKubeconfig(kubeconfig).open("1");
      Thread calling =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  waiting.send(eviction());
                } catch (IOException e) {
                  cut.countDown();
                }
              });
      // The server's thread has the request and reads on.
      assertThat(calling.join(Duration.ofMillis(300))).isFalse();

      waiting.close();

      assertThat(end.get(10, TimeUnit.SECONDS)).containsIgnoringCase("reset");
      assertThat(cut.await(10, TimeUnit.SECONDS)).isTrue();
      serving.join();
    }
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
  void send_metadataOnly_asksForItAndTakesTheWhole() throws IOException {
    ApiRequest request = ApiRequest.get(ResourcePath.core("nodes").name("a"));
    server.then(200, "{\"spec\":{}}").then(200, "{\"spec\":{}}");

    client.send(request);
    assertThat(client.send(request.metadataOnly().query("dryRun", "All")).body().has("spec"))
        .as("of a server that knows no better")
        .isTrue();
    assertThat(server.received())
        .extracting(received -> received.header("Accept"))
        .containsExactly(
            "application/json",
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");
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

  /** Less than a millisecond is less than the HTTP client counts, and must not mean forever. */
  @ParameterizedTest
  @ValueSource(longs = {1, 999_999, 200_000_000})
  void send_silentServer_endsAtItsTimeout(long nanos) {
    CountDownLatch never = new CountDownLatch(1);
    server.then(exchange -> {
      try {
        never.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });

    long began = System.nanoTime();
    assertThatThrownBy(() -> client.send(eviction().timeout(Duration.ofNanos(nanos))))
        .isInstanceOf(IOException.class);
    assertThat(System.nanoTime() - began).isBetween(nanos, TimeUnit.SECONDS.toNanos(10));
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
