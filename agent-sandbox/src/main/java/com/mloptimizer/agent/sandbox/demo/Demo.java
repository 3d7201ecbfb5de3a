package com.mloptimizer.agent.sandbox.demo;

import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.KubernetesConfigurationException;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.console.ClusterView;
import com.mloptimizer.agent.sandbox.console.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs until Ctrl-C; whatever it started ends with it, in reverse order. */
public final class Demo implements AutoCloseable {
  private static final String CLUSTER_ID = "demo";
  private static final long SEED = 42;
  private static final int NODES = 8;

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final DemoOptions options;
  private final Path directory;
  private final ReferenceBackend backend;
  private final AgentProcess agent;
  private final String signingKey;

  private Demo(DemoOptions options) throws IOException, KubernetesConfigurationException {
    this.options = options;
    this.directory = Files.createTempDirectory("kubernetes-agent-demo");
    started.push(this::deleteDirectory);
    Path kubeconfig = options.kubeconfig() == null ? embeddedCluster() : options.kubeconfig();
    String apiKey = secret();
    this.signingKey = secret();
    this.backend = push(backend(apiKey));
    KubernetesClient kubernetes =
        push(KubernetesAccess.from(Map.of(), directory).withKubeconfig(kubeconfig).open("demo"));
    Console.serve(backend, push(ClusterView.start(kubernetes)), options.dryRun());
    this.agent =
        push(
            AgentProcess.start(
                options.agent(),
                environment(kubeconfig, apiKey, signingKey),
                Files.createTempFile("kubernetes-agent-demo-", ".log")));
  }

  /**
   * Starts a demo.
   *
   * @param arguments {@code --agent=FILE}, {@code --kubeconfig=FILE}, {@code --dry-run=BOOLEAN},
   *     {@code --port=PORT}
   */
  public static Demo start(String... arguments)
      throws IOException, KubernetesConfigurationException {
    return new Demo(DemoOptions.parse(arguments));
  }

  private ReferenceBackend backend(String apiKey) throws IOException {
    try {
      return ReferenceBackend.builder()
          .clusterId(CLUSTER_ID)
          .apiKey(apiKey)
          .signingKey(SigningKey.of("demo", signingKey))
          .httpPort(options.port())
          .start();
    } catch (BindException e) {
      throw new IOException(
          "port %d is taken (%s); choose another by -Dport=PORT, 0 takes any free one"
              .formatted(options.port(), e.getMessage()),
          e);
    }
  }

  /** Starts the demo, says where to look, and waits. */
  public static void main(String[] arguments) throws Exception {
    Demo demo;
    try {
      demo = start(arguments);
    } catch (IllegalArgumentException | IOException | KubernetesConfigurationException e) {
      System.err.println("The demo cannot start: " + e.getMessage());
      System.exit(2);
      return;
    }
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(demo::close));
    endWithParent();
    demo.welcome(System.out);
    int code = demo.agent.await();
    if (code != 0) {
      System.err.println("The agent has ended with exit code " + code + ":");
      Files.readAllLines(demo.agent.log()).forEach(System.err::println);
      System.exit(1);
    }
  }

  /** Ctrl-C reaches Maven and the demo alike, but a signal to Maven alone would leave the demo. */
  private static void endWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(parent -> {
          var _ = parent.onExit().thenRunAsync(() -> System.exit(0));
        });
  }

  /** Where the console is. */
  public String consoleUrl() {
    return backend.httpUrl() + "/";
  }

  /** The agent of this demo. */
  public AgentProcess agent() {
    return agent;
  }

  private void welcome(PrintStream out) {
    out.println();
    out.println("  Console   " + consoleUrl());
    out.println(
        "  Agent     http://127.0.0.1:" + agent.httpPort() + "/  (log: " + agent.log() + ")");
    out.println(
        options.kubeconfig() == null
            ? "  Cluster   embedded; kubectl --kubeconfig " + directory.resolve("kubeconfig")
            : "  Cluster   " + options.kubeconfig() + (options.dryRun() ? "  (dry run)" : ""));
    out.println("  By hand   SECRET_KEY=" + signingKey + " \\");
    out.println("            " + fromHere(options.agent()) + " sign action.json \\");
    out.println("              | curl -s --json @- " + backend.httpUrl() + "/control/envelope");
    out.println();
    out.println("  Click a node or a pod, choose an action, watch. Ctrl-C ends everything.");
    out.println();
  }

  /** The shorter name, if the file lies below the folder in which all this was called. */
  private static Path fromHere(Path file) {
    Path here = Path.of("").toAbsolutePath();
    return file.startsWith(here) ? here.relativize(file) : file;
  }

  private Path embeddedCluster() throws IOException {
    EmbeddedCluster cluster =
        push(EmbeddedCluster.builder().seed(SEED).nodes(NODES).demoWorkloads(true).build());
    cluster.start();
    return cluster.writeKubeconfig(directory.resolve("kubeconfig"));
  }

  private Map<String, String> environment(Path kubeconfig, String apiKey, String signingKey) {
    Map<String, String> environment = new HashMap<>();
    environment.put("KUBECONFIG", kubeconfig.toString());
    environment.put("BACKEND_URL", backend.httpUrl().toString());
    environment.put("BACKEND_WS_URL", backend.webSocketUrl().toString());
    environment.put("API_KEY", apiKey);
    environment.put("SECRET_KEY", signingKey);
    environment.put("CLUSTER_ID", CLUSTER_ID);
    environment.put("AGENT_ID", "demo-agent");
    environment.put("COLLECTION_INTERVAL", "2");
    environment.put("ACTION_POLL_INTERVAL", "5");
    environment.put("HEARTBEAT_INTERVAL", "5");
    environment.put("DRY_RUN", Boolean.toString(options.dryRun()));
    environment.put("SPOOL_DIR", directory.resolve("spool").toString());
    return environment;
  }

  private static String secret() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private <T extends AutoCloseable> T push(T part) {
    started.push(part);
    return part;
  }

  /** Ends the agent first and everything that it talks to afterwards. */
  @Override
  public synchronized void close() {
    @Nullable AutoCloseable part;
    while ((part = started.poll()) != null) {
      try {
        part.close();
      } catch (Exception e) {
        System.err.println("Not closed cleanly: " + e);
      }
    }
  }

  private void deleteDirectory() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
