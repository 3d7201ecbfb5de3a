package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static com.mloptimizer.agent.main.Surroundings.log;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the agent at its most talkative, lets go wrong what can go wrong with its secrets, and looks
 * for them, and for what nobody signed, in everything that the runs have left: output, pages,
 * requests, frames, files, and objects in the cluster.
 */
@Timeout(240)
class SecretsIT {
  private static final String API_KEY = "an-api-key";
  private static final String SIGNING_KEY = "0123456789abcdef0123456789abcdef";
  private static final String PROXY_PASSWORD = "password-of-the-proxy-7d1f";

  /** In every field of envelopes that no key signed. */
  private static final String MARK = "nobody-signed-this-4711";

  @TempDir private Path directory;
  private Surroundings surroundings;
  private HttpServer backend;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile int status = 200;

  @BeforeEach
  void start() throws IOException {
    surroundings = Surroundings.start(EmbeddedCluster.builder().nodes(3).build(), directory);
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext("/", this::answer);
    backend.start();
    surroundings.environment().put("BACKEND_URL", "http://127.0.0.1:" + port());
    surroundings.environment().put("LOG_LEVEL", "DEBUG");
    surroundings.environment().put("LEADER_ELECTION", "false");
  }

  @AfterEach
  void stop() {
    surroundings.close();
    backend.stop(0);
  }

  private int port() {
    return backend.getAddress().getPort();
  }

  /** Offers a marked envelope to every poll, and remembers all that it is told. */
  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    Map<String, List<String>> headers = new LinkedHashMap<>(exchange.getRequestHeaders());
    headers.remove("Authorization"); // The one place where the API key belongs.
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " "
            + headers
            + " "
            + new String(body, UTF_8));
    boolean poll = exchange.getRequestURI().getPath().endsWith("/actions/poll");
    byte[] answer = (poll ? "{\"actions\":[" + marked("action") + "]}" : "{}").getBytes(UTF_8);
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  /** An envelope whose every part says the mark, and which no key signed. */
  private static String marked(String kind) {
    return """
    {"payloadType":"application/vnd.agent.%s.v1+json","%s":"%s","payload":"%s",
     "signatures":[{"keyid":"%s","sig":"%s"}]}\
    """
        .formatted(kind, MARK, MARK, markedPayload(), MARK, base64(MARK));
  }

  private static String markedPayload() {
    return base64("{\"id\":\"%s\",\"cluster_id\":\"%s\"}".formatted(MARK, MARK));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  @Test
  void run_everythingThatCanGoWrong_leavesNoSecretAnywhere() throws Exception {
    List<AgentProcess> agents = new ArrayList<>();
    final List<String> pages = new ArrayList<>();

    AgentProcess agent = surroundings.run();
    agents.add(agent);
    surroundings.backend().awaitConnection(SOON);
    workAndBeLiedTo(agent);
    for (String page :
        List.of("/metrics", "/status", "/", "/healthz?verbose", "/readyz?verbose", "/nowhere")) {
      pages.add(surroundings.get(agent, page).body());
    }
    status = 401;
    surroundings.awaitLine(agent, "status 401, the API key is not accepted");
    pages.add(surroundings.get(agent, "/status").body());
    status = 200;
    agent.close();

    agents.add(speakTlsToAPlainPort());
    agents.add(useAProxyThatRefusesThePassword());
    pages.add(startWithAProxyThatIsNone());
    pages.add(surroundings.agent("check").output());

    agents.forEach(ended -> pages.add(log(ended)));
    assertClean("output and pages", pages);
    assertClean("requests", requests);
    assertClean("frames", surroundings.backend().frames().stream().map(String::valueOf).toList());
    assertClean("files", files(directory.resolve("spool")));
    assertClean(
        "the journal",
        surroundings
            .cluster()
            .list("agent.mloptimizer.com/v1alpha1", "AgentAction", "default")
            .stream()
            .map(String::valueOf)
            .toList());
  }

  /** One action that is signed, and some that are not, each way. */
  private void workAndBeLiedTo(AgentProcess agent) throws Exception {
    String node =
        surroundings.cluster().list("v1", "Node", "").getFirst().at("/metadata/name").stringValue();
    surroundings.backend().push(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node));
    surroundings.awaitLine(agent, "Executing action cordon_node");
    for (String frame :
        List.of(
            "{\"type\":\"action_command\",\"envelope\":" + marked("action") + "}",
            "{\"type\":\"config_update\",\"envelope\":" + marked("config") + "}",
            "{\"type\":\"welcome\",\"config\":" + marked("config") + "}",
            "{\"type\":\"action_command\",\"envelope\":\"" + MARK + "\"}")) {
      assertThat(surroundings.backend().pushFrame(frame)).isTrue();
    }
    surroundings.awaitLine(agent, "Invalid signature");
    surroundings.awaitLine(agent, "Refused a remote configuration");
    assertThat(
            surroundings
                .cluster()
                .await(() -> requests.stream().anyMatch(r -> r.contains("/actions/poll")), SOON))
        .isTrue();
    assertThat(
            surroundings
                .cluster()
                .await(() -> requests.stream().anyMatch(r -> r.contains("/result")), SOON))
        .isTrue();
  }

  private AgentProcess speakTlsToAPlainPort() throws Exception {
    surroundings.environment().put("BACKEND_URL", "https://127.0.0.1:" + port());
    surroundings.environment().put("BACKEND_WS_URL", "wss://127.0.0.1:" + port());
    AgentProcess agent = surroundings.run();
    surroundings.awaitLine(agent, "Backend does not take register");
    surroundings.awaitLine(agent, "WebSocket connection lost");
    agent.close();
    return agent;
  }

  private AgentProcess useAProxyThatRefusesThePassword() throws Exception {
    surroundings.environment().put("BACKEND_URL", "https://backend.invalid");
    surroundings.environment().put("BACKEND_WS_URL", "wss://backend.invalid");
    surroundings
        .environment()
        .put("HTTPS_PROXY", "http://user:" + PROXY_PASSWORD + "@127.0.0.1:" + port());
    status = 407;
    AgentProcess agent = surroundings.run();
    surroundings.awaitLine(agent, "Backend does not take register");
    surroundings.awaitLine(agent, "WebSocket connection lost.*proxy");
    agent.close();
    // What the proxy heard is the password's place.
    requests.removeIf(request -> request.startsWith("CONNECT"));
    return agent;
  }

  private String startWithAProxyThatIsNone() throws Exception {
    surroundings.environment().put("HTTPS_PROXY", "socks5://user:" + PROXY_PASSWORD + "@p:1");
    Surroundings.Ending ending = surroundings.agent("run");
    assertThat(ending.code()).isEqualTo(2);
    assertThat(ending.output()).contains("HTTPS_PROXY must be http://");
    return ending.output();
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      List<String> contents = new ArrayList<>();
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        contents.add(new String(Files.readAllBytes(file), ISO_8859_1));
      }
      return contents;
    }
  }

  private void assertClean(String what, List<String> texts) {
    assertThat(texts).as(what).isNotEmpty();
    for (String secret :
        List.of(API_KEY, SIGNING_KEY, PROXY_PASSWORD, surroundings.cluster().token(), MARK)) {
      assertThat(texts)
          .as("%s, looking for %s", what, secret)
          .noneMatch(text -> text.contains(secret))
          .noneMatch(text -> text.contains(base64(secret)))
          .noneMatch(text -> text.contains(base64("user:" + secret)));
    }
    assertThat(texts).as(what).noneMatch(text -> text.contains(markedPayload()));
  }
}
