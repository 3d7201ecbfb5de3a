package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.sandbox.cluster.TcpRelay;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real API server whose watches break, {@code -Dit.kubeconfig=FILE}: cut on the way, overtaken by
 * etcd's compaction ({@code -Dit.etcd=URL}), or ended by its restart ({@code
 * -Dit.apiserver.pidfile=FILE}; its command line is taken from there).
 */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(240)
final class WatchRealClusterIT {

  private static final Pattern SERVER = Pattern.compile("(server: *\"?https://)([^\"\\s,}]+)");

  @TempDir Path folder;
  private final Path kubeconfig = Path.of(System.getProperty("it.kubeconfig", ""));
  private final String namespace = "watch-it-" + UUID.randomUUID().toString().substring(0, 8);
  private KubernetesClient direct;
  private TcpRelay relay;
  private KubernetesClient relayed;

  @BeforeEach
  void start() throws Exception {
    direct = client(kubeconfig);
    URI server = URI.create(direct.server());
    relay = TcpRelay.to(new InetSocketAddress(server.getHost(), server.getPort()));
    Matcher address = SERVER.matcher(Files.readString(kubeconfig));
    relayed =
        client(
            Files.writeString(
                folder.resolve("kubeconfig"), address.replaceFirst("$1127.0.0.1:" + relay.port())));
    create(
        ResourcePath.core("namespaces"), "{\"metadata\":{\"name\":\"%s\"}}".formatted(namespace));
  }

  @AfterEach
  void stop() throws Exception {
    direct.send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    relayed.close();
    relay.close();
    direct.close();
  }

  @Test
  void run_watchesCut_missesNothingAndListsNothing() throws Exception {
    try (RunningCollector running = new RunningCollector(relayed, folder)) {
      running.awaitCollected(each -> running.status().healthy());
      createPod("before");
      running.awaitCollected(sees("before"));
      double lists = lists(running);

      relay.refuse(true);
      relay.cut();
      createPod("meanwhile");
      direct.send(ApiRequest.delete(pod("before")).query("gracePeriodSeconds", "0"));
      relay.refuse(false);

      running.awaitCollected(sees("meanwhile"));
      running.awaitCollected(each -> running.status().healthy());
      assertThat(lists(running)).isEqualTo(lists);
      assertThat(running.metric("agent_watch_restarts_total", "resource", "pods")).isPositive();
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "it.apiserver.pidfile", matches = ".+")
  void run_apiServerRestarted_missesNothing() throws Exception {
    try (RunningCollector running = new RunningCollector(direct, folder)) {
      running.awaitCollected(each -> running.status().healthy());
      createPod("before");
      running.awaitCollected(sees("before"));

      restartApiServer(() -> {});
      createPodWhenServed("after");

      running.awaitCollected(sees("after", "before"));
      running.awaitCollected(each -> running.status().healthy());
    }
  }

  /** After the restart its cache begins at a version that the compacted history ends with. */
  @Test
  @EnabledIfSystemProperty(named = "it.apiserver.pidfile", matches = ".+")
  @EnabledIfSystemProperty(named = "it.etcd", matches = ".+")
  void run_historyCompacted_listsAgainAndMissesNothing() throws Exception {
    try (RunningCollector running = new RunningCollector(relayed, folder)) {
      createPod("goes");
      running.awaitCollected(sees("goes"));
      double lists = lists(running);

      relay.refuse(true);
      relay.cut();
      direct.send(ApiRequest.delete(pod("goes")).query("gracePeriodSeconds", "0"));
      createPod("comes");
      restartApiServer(this::compact);
      createPodWhenServed("later");
      relay.refuse(false);

      running.awaitCollected(sees("comes", "later"));
      running.awaitCollected(each -> running.status().healthy());
      assertThat(lists(running)).isGreaterThan(lists);
    }
  }

  private static double lists(RunningCollector running) {
    return running.metric("agent_list_duration_seconds_count", "resource", "pods");
  }

  private Predicate<RunningCollector.Collected> sees(String... pods) {
    return each ->
        each.podsOf(namespace).map(PodMetric::podName).sorted().toList().equals(List.of(pods));
  }

  private void compact() throws Exception {
    long revision =
        JsonMapper.shared()
            .readTree(etcd("/v3/kv/range", "{\"key\":\"AA==\"}"))
            .at("/header/revision")
            .asLong();
    etcd("/v3/kv/compaction", "{\"revision\":%d,\"physical\":true}".formatted(revision));
  }

  private static String etcd(String path, String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(System.getProperty("it.etcd") + path))
              .timeout(Duration.ofSeconds(30))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      String answer = http.send(request, BodyHandlers.ofString()).body();
      assertThat(answer).contains("revision");
      return answer;
    }
  }

  private interface Action {
    void run() throws Exception;
  }

  private void restartApiServer(Action whileDown) throws Exception {
    Path pidFile = Path.of(System.getProperty("it.apiserver.pidfile"));
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    List<String> command =
        Stream.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0", -1))
            .filter(argument -> !argument.isEmpty())
            .toList();
    ProcessHandle old = ProcessHandle.of(pid).orElseThrow();
    old.destroy();
    try {
      old.onExit().get(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      old.destroyForcibly();
      old.onExit().get(10, TimeUnit.SECONDS);
    }
    whileDown.run();
    Process fresh =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Files.createTempFile("kube-apiserver", ".log").toFile())
            .start();
    Files.writeString(pidFile, fresh.pid() + "\n");
  }

  private void createPodWhenServed(String name) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (true) {
      try {
        if (direct.send(ApiRequest.post(pods(), podJson(name))).isSuccess()) {
          return;
        }
      } catch (IOException e) {
        // Not there yet.
      }
      assertThat(System.nanoTime()).as("the API server is back").isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    }
  }

  private void createPod(String name) throws IOException {
    ApiAnswer answer = direct.send(ApiRequest.post(pods(), podJson(name)));
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
  }

  private static JsonNode podJson(String name) {
    return JsonMapper.shared()
        .readTree(
            """
            {"metadata":{"name":"%s"},"spec":{"automountServiceAccountToken":false,
              "containers":[{"name":"c","image":"c"}]}}
            """
                .formatted(name));
  }

  private ResourcePath pods() {
    return ResourcePath.core("pods").namespace(namespace);
  }

  private ResourcePath pod(String name) {
    return pods().name(name);
  }

  private KubernetesClient client(Path file) throws Exception {
    return KubernetesAccess.from(Map.of(), folder).withKubeconfig(file).open("it");
  }

  private void create(ResourcePath path, String json) throws Exception {
    ApiAnswer answer = direct.send(ApiRequest.post(path, JsonMapper.shared().readTree(json)));
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
  }
}
