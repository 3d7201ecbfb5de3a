package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;

@Timeout(30)
final class ListAndWatchTest {

  private static final ResourcePath PODS = ResourcePath.core("pods");

  @TempDir Path folder;
  private ScriptedApiServer server;
  private KubernetesClient client;

  record Item(String name, String resourceVersion, Map<String, String> labels, List<String> names) {

    static Item read(JsonParser parser) {
      String name = "";
      String version = "";
      Map<String, String> labels = Map.of();
      List<String> containers = List.of();
      ObjectCursor pod = ObjectCursor.over(parser);
      while (pod.next()) {
        switch (pod.field()) {
          case "metadata" -> {
            ObjectCursor metadata = pod.object();
            while (metadata.next()) {
              switch (metadata.field()) {
                case "name" -> name = metadata.text("");
                case "resourceVersion" -> version = metadata.text("");
                case "labels" -> labels = metadata.texts();
                default -> {}
              }
            }
          }
          case "containers" -> containers = pod.objects(Item::containerName);
          default -> {}
        }
      }
      return new Item(name, version, labels, containers);
    }

    private static String containerName(ObjectCursor container) {
      String name = "";
      while (container.next()) {
        if (container.field().equals("name")) {
          name = container.text("");
        }
      }
      return name;
    }
  }

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
  void list_twoPages_followsContinueAndReturnsTheLastVersion() throws IOException {
    server
        .then(
            200,
            """
            {"kind":"PodList","metadata":{"resourceVersion":"7","continue":"a+b=="},
             "items":[{"metadata":{"name":"a","managedFields":[{"fieldsV1":{"f:x":{}}}],
               "labels":{"app":"web","empty":null}},"future":{"deep":[1,[2]]},
               "containers":[{"env":[{"name":"no"}],"name":"c1"},null,{"name":"c2"}]}]}
            """)
        .then(
            200,
            """
            {"items":[{"metadata":{"name":"b","labels":null},"containers":null},{"metadata":null}],
             "apiVersion":"v1","metadata":{"resourceVersion":"8"}}
            """);
    List<Item> items = new ArrayList<>();

    ListOutcome outcome =
        client.list(
            PODS,
            ListOptions.all().withFields("spec.nodeName=n1").withMetadataOnly(),
            Item::read,
            items::add);

    assertThat(outcome).isEqualTo(new ListOutcome.Listed("8", 3));
    assertThat(items)
        .containsExactly(
            new Item("a", "", Map.of("app", "web"), List.of("c1", "c2")),
            new Item("b", "", Map.of(), List.of()),
            new Item("", "", Map.of(), List.of()));
    assertThat(server.received())
        .extracting(ScriptedApiServer.Received::target)
        .containsExactly(
            "/api/v1/pods?limit=500&fieldSelector=spec.nodeName%3Dn1",
            "/api/v1/pods?limit=500&fieldSelector=spec.nodeName%3Dn1&continue=a%2Bb%3D%3D");
    assertThat(server.received().getFirst().header("Accept"))
        .isEqualTo(
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
    assertThat(server.received().getFirst().header("Accept-encoding")).isEqualTo("gzip");
  }

  @Test
  void list_nullItems_isAnEmptyList() throws IOException {
    server.then(200, "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":null}");

    assertThat(client.list(PODS, ListOptions.all(), Item::read, item -> {}))
        .isEqualTo(new ListOutcome.Listed("7", 0));
  }

  @Test
  void list_expiredContinue_isRefused() throws IOException {
    server
        .then(200, "{\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"x\"},\"items\":[]}")
        .then(410, "{\"kind\":\"Status\",\"reason\":\"Expired\",\"code\":410}");

    assertThat(client.list(PODS, ListOptions.all(), Item::read, item -> {}))
        .isInstanceOfSatisfying(
            ListOutcome.Refused.class,
            refused -> assertThat(refused.answer().reason()).isEqualTo("Expired"));
  }

  @Test
  void list_answerCutShort_isAnIoFailure() {
    server.then(200, "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"metadata\":{");

    assertThatThrownBy(() -> client.list(PODS, ListOptions.all(), Item::read, item -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("GET /api/v1/pods: ");
  }

  @Test
  void watch_events_areDeliveredInOrderUntilTheServerEnds() throws IOException {
    server.then(
        200,
        """
        {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}
        {"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"9"}}}
        {"object":{"metadata":{"name":"a","resourceVersion":"10"}},"type":"DELETED"}
        {"type":"FUTURE","object":{"metadata":{"name":"z"}}}
        {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"11"},"spec":{"containers":null}}}
        """);
    List<WatchEvent<Item>> events = new ArrayList<>();

    WatchEnd end = client.watch(PODS, ListOptions.all(), "7", Item::read).run(events::add);

    assertThat(end).isEqualTo(new WatchEnd.Finished());
    assertThat(events)
        .containsExactly(
            new WatchEvent.Added<>(named("a", "8")),
            new WatchEvent.Modified<>(named("a", "9")),
            new WatchEvent.Deleted<>(named("a", "10")),
            new WatchEvent.Bookmark<>("11"));
    assertThat(server.received().getFirst().target())
        .matches(
            "/api/v1/pods\\?watch=true&allowWatchBookmarks=true&resourceVersion=7"
                + "&timeoutSeconds=([3-5]\\d\\d|600)");
    assertThat(server.received().getFirst().header("Accept-encoding")).isEqualTo("identity");
  }

  @Test
  void watch_errorEvent410_isExpired() throws IOException {
    server.then(
        200,
        """
        {"type":"ERROR","object":{"kind":"Status","message":"too old","reason":"Expired","code":410}}
        {"type":"ADDED","object":{"metadata":{"name":"never"}}}
        """);
    List<WatchEvent<Item>> events = new ArrayList<>();

    WatchEnd end = client.watch(PODS, ListOptions.all(), "1", Item::read).run(events::add);

    assertThat(end)
        .isInstanceOfSatisfying(
            WatchEnd.Expired.class,
            expired -> assertThat(expired.answer().message()).isEqualTo("too old"));
    assertThat(events).isEmpty();
  }

  @Test
  void watch_forbidden_isRefused() throws IOException {
    server.then(403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"code\":403}");

    assertThat(client.watch(PODS, ListOptions.all(), "1", Item::read).run(event -> {}))
        .isInstanceOf(WatchEnd.Refused.class);
  }

  @Test
  void watch_eventAtOnce_arrivesBeforeTheStreamEnds_andCloseEndsIt() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    server.then(exchange -> streamOneEventAndWait(exchange, done));
    AtomicReference<WatchEvent<Item>> seen = new AtomicReference<>();
    CountDownLatch arrived = new CountDownLatch(1);
    ResourceWatch<Item> watch = client.watch(PODS, ListOptions.all(), "1", Item::read);

    CompletableFuture<WatchEnd> end =
        CompletableFuture.supplyAsync(() -> {
          try {
            return watch.run(event -> {
              seen.set(event);
              arrived.countDown();
            });
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
    watch.close();

    assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(new WatchEnd.Closed());
    assertThat(seen.get()).isEqualTo(new WatchEvent.Added<>(named("a", "8")));
    done.countDown();
  }

  @Test
  void watch_closedBeforeItRan_isClosed() throws IOException {
    ResourceWatch<Item> watch = client.watch(PODS, ListOptions.all(), "1", Item::read);
    watch.close();

    assertThat(watch.run(event -> {})).isEqualTo(new WatchEnd.Closed());
    assertThat(server.received()).isEmpty();
  }

  private static void streamOneEventAndWait(HttpExchange exchange, CountDownLatch done)
      throws IOException {
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    out.write(
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"8\"}}}\n"
            .getBytes(StandardCharsets.UTF_8));
    out.flush();
    try {
      done.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Item named(String name, String resourceVersion) {
    return new Item(name, resourceVersion, Map.of(), List.of());
  }
}
