package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The image that the build made: its files, its settings, and the agent that starts from it. */
@Timeout(120)
class ImageIT {
  private static final Path TARGET = Chart.ROOT.resolve("deploy/target");
  private static final Path ROOT = TARGET.resolve("image");
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final int MEBIBYTE = 1 << 20;

  @TempDir private Path directory;

  @Test
  void image_built_isSmall() throws Exception {
    assertThat(Files.size(TARGET.resolve("kubernetes-agent-image.tar"))).isLessThan(90L * MEBIBYTE);
  }

  @Test
  void files_every_areWhatIsNeededAndNoShell() throws Exception {
    List<String> files = files();

    assertThat(files)
        .contains("opt/java/bin/java", "opt/agent/agent.jsa", "opt/agent/agent.main")
        .contains("etc/passwd")
        .anyMatch(file -> file.matches("lib.*/libc\\.so\\.6"))
        .anyMatch(file -> file.matches("lib.*/ld-linux.*"))
        .noneMatch(file -> file.matches("(usr/)?s?bin/.*"))
        .noneMatch(file -> file.contains("agent-sandbox") || file.contains("junit"));
  }

  private static List<String> files() throws IOException {
    List<String> files = new ArrayList<>();
    for (String layer : List.of("runtime", "agent", "cache")) {
      Path root = ROOT.resolve(layer);
      try (Stream<Path> walk = Files.walk(root)) {
        walk.filter(Files::isRegularFile)
            .map(file -> root.relativize(file).toString())
            .forEach(files::add);
      }
    }
    return files;
  }

  @Test
  void dockerfile_settings_areThoseOfTheImage() throws Exception {
    String dockerfile = Files.readString(Chart.ROOT.resolve("deploy/Dockerfile"));
    JsonNode config = config();

    for (String setting : List.of("Entrypoint", "Cmd")) {
      assertThat(dockerfile).contains(config.path(setting).toString().replace("\",\"", "\", \""));
    }
    assertThat(dockerfile).contains("USER " + config.path("User").stringValue());
    assertThat(dockerfile).contains("EXPOSE 8080");
    assertThat(config.path("ExposedPorts").toString()).contains("8080");
    assertThat(config.path("Labels").propertyNames())
        .contains(
            "org.opencontainers.image.title",
            "org.opencontainers.image.version",
            "org.opencontainers.image.licenses",
            "org.opencontainers.image.created");
    assertThat(config.path("User").stringValue()).isEqualTo("1000:1000");
  }

  /** The archive names its configuration, the configuration its settings. */
  private JsonNode config() throws Exception {
    Tool.run(
        directory,
        List.of(
            "tar", "-xf", TARGET.resolve("kubernetes-agent-image.tar").toString(), "config.json"));
    return new JsonMapper().readTree(directory.resolve("config.json").toFile()).path("config");
  }

  /**
   * Not by the clock, which a busy machine decides: almost every class comes from the archive, so
   * the list that it is made of is not out of date.
   */
  @Test
  void agent_startedFromTheImage_takesItsClassesFromTheArchive() throws Exception {
    Path log = directory.resolve("classes");
    Duration ready = startAndStop(List.of("-Xlog:class+load:file=" + log));

    List<String> loaded =
        Files.readAllLines(log).stream().filter(line -> line.contains("source:")).toList();
    long archived =
        loaded.stream().filter(line -> line.contains("source: shared objects file")).count();
    System.out.printf(
        "image: ready after %d ms, %d of %d classes from the archive%n",
        ready.toMillis(), archived, loaded.size());
    assertThat((double) archived / loaded.size())
        .as("part of the classes; else: mvn -Ptrain -pl deploy -am -DskipTests package")
        .isGreaterThan(0.9);
  }

  private Duration startAndStop(List<String> options) throws Exception {
    try (EmbeddedCluster cluster = EmbeddedCluster.builder().nodes(3).build();
        ReferenceBackend backend =
            ReferenceBackend.builder()
                .clusterId("test")
                .apiKey("a")
                .signingKey(SigningKey.of("default", KEY))
                .start()) {
      cluster.start();
      int port = freePort();
      long started = System.nanoTime();
      Process agent = start(options, cluster, backend, port);
      try {
        RealCluster.await("a ready agent", () -> isReady(port));
        return Duration.ofNanos(System.nanoTime() - started);
      } finally {
        agent.destroy();
        agent.waitFor();
      }
    }
  }

  private Process start(
      List<String> options, EmbeddedCluster cluster, ReferenceBackend backend, int port)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ROOT.resolve("runtime/opt/java/bin/java").toString());
    command.add("@" + ROOT.resolve("agent/opt/agent/agent.vmoptions"));
    command.addAll(options);
    // Where the image has its root, this machine has a folder.
    for (String line : Files.readAllLines(ROOT.resolve("agent/opt/agent/agent.main"))) {
      command.add(
          line.replace("/opt/agent/agent.jsa", ROOT.resolve("cache/opt/agent/agent.jsa").toString())
              .replace("/opt/agent/lib/", ROOT.resolve("agent/opt/agent/lib/").toString() + "/"));
    }
    command.add("run");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("agent.log").toFile());
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG", cluster.writeKubeconfig(directory.resolve("kubeconfig")).toString(),
                "BACKEND_URL", backend.httpUrl().toString(),
                "BACKEND_WS_URL", backend.webSocketUrl().toString(),
                "API_KEY", "a",
                "SECRET_KEY", KEY,
                "CLUSTER_ID", "test",
                "LOG_FORMAT", "json",
                "HTTP_PORT", Integer.toString(port),
                "SPOOL_DIR", directory.resolve("spool").toString()));
    return builder.start();
  }

  private static boolean isReady(int port) throws InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + port + "/readyz");
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
