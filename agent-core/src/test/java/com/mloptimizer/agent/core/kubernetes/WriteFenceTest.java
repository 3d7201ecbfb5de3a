package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Timeout(30)
final class WriteFenceTest {
  private static final ResourcePath POD = ResourcePath.core("pods").namespace("shop").name("web");

  @TempDir Path folder;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile boolean closed;
  private ScriptedApiServer server;
  private KubernetesClient unfenced;
  private KubernetesClient fenced;

  @BeforeEach
  void start() throws Exception {
    server = new ScriptedApiServer();
    unfenced = server.client(folder, "{token: secret}");
    fenced = unfenced.fencedBy(new RecordingFence());
  }

  @AfterEach
  void stop() {
    unfenced.close();
    server.close();
  }

  private final class RecordingFence implements WriteFence {
    @Override
    public void enter() throws FencedWriteException {
      asked.add("enter");
      if (closed) {
        throw new FencedWriteException("not now");
      }
    }

    @Override
    public void leave() {
      asked.add("leave");
    }
  }

  static Stream<ApiRequest> writes() {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("a", "b");
    return Stream.of(
        ApiRequest.post(POD.subresource("eviction"), body),
        ApiRequest.put(POD, body),
        ApiRequest.mergePatch(POD, body),
        ApiRequest.strategicMergePatch(POD, body),
        ApiRequest.delete(POD),
        ApiRequest.delete(POD, body));
  }

  @ParameterizedTest
  @MethodSource("writes")
  void send_writeAndFenceClosed_sendsNothing(ApiRequest write) {
    closed = true;

    assertThatThrownBy(() -> fenced.send(write))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not now")
        .hasCauseInstanceOf(FencedWriteException.class);
    assertThat(server.received()).isEmpty();
    assertThat(asked).containsExactly("enter");
  }

  @ParameterizedTest
  @MethodSource("writes")
  void send_writeAndFenceOpen_isUnderWayUntilItIsAnswered(ApiRequest write) throws IOException {
    server.then(exchange -> {
      asked.add("served");
      ScriptedApiServer.send(exchange, 200, "{}");
    });

    assertThat(fenced.send(write).isSuccess()).isTrue();
    assertThat(asked).containsExactly("enter", "served", "leave");
  }

  @Test
  void send_readAndFenceClosed_isSent() throws IOException {
    closed = true;
    server.then(200, "{}");

    assertThat(fenced.send(ApiRequest.get(POD)).isSuccess()).isTrue();
    assertThat(asked).isEmpty();
  }

  @Test
  void send_unfencedClient_isNotAsked() throws IOException {
    closed = true;
    server.then(200, "{}");

    assertThat(unfenced.send(ApiRequest.delete(POD)).isSuccess()).isTrue();
  }

  @Test
  void send_noAnswer_leavesTheFence() {
    server.then(exchange -> exchange.close());

    assertThatThrownBy(() -> fenced.send(ApiRequest.delete(POD).timeout(Duration.ofSeconds(5))))
        .isInstanceOf(IOException.class);
    assertThat(asked).containsExactly("enter", "leave");
  }

  @Test
  void send_cannotConnect_isNotAskedBeforeThereIsAConnection() {
    server.close();

    assertThatThrownBy(() -> fenced.send(ApiRequest.delete(POD))).isInstanceOf(IOException.class);
    assertThat(asked).as("connecting may take long").isEmpty();
  }

  @Test
  void send_tokenRefused_asksOnceMoreBeforeTheSecondTry() throws Exception {
    server
        .then(exchange -> {
          closed = true; // While the first try was under way.
          ScriptedApiServer.send(exchange, 401, "{}");
        })
        .then(200, "{}");
    Path token = folder.resolve("token");
    Files.writeString(token, "from-a-file");
    try (KubernetesClient reloading = server.client(folder, "{tokenFile: " + token + "}")) {
      assertThatThrownBy(
              () -> reloading.fencedBy(new RecordingFence()).send(ApiRequest.delete(POD)))
          .hasMessageContaining("not now");
    }
    assertThat(server.received()).hasSize(1);
  }
}
