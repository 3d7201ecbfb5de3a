package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** A cluster and a backend on loopback, and the agent's launcher with what leads it there. */
final class Surroundings implements AutoCloseable {
  /** Where the build puts the agent as people run it. */
  static final Path LAUNCHER =
      Path.of(System.getProperty("basedir", ""), "target", "kubernetes-agent", "bin", "agent")
          .toAbsolutePath();

  /** Long enough for a busy machine; nothing waits for it to be over. */
  static final Duration SOON = Duration.ofSeconds(60);

  private final Deque<AgentProcess> agents = new ArrayDeque<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Path directory;
  private final EmbeddedCluster cluster;
  private final ReferenceBackend backend;
  private final Map<String, String> environment = new HashMap<>();

  /** How a command ended, and what it printed. */
  record Ending(int code, String output) {}

  private Surroundings(EmbeddedCluster cluster, ReferenceBackend backend, Path directory) {
    this.cluster = cluster;
    this.backend = backend;
    this.directory = directory;
    Path kubeconfig = cluster.writeKubeconfig(directory.resolve("kubeconfig"));
    environment.put("KUBECONFIG", kubeconfig.toString());
    environment.put("BACKEND_URL", backend.httpUrl().toString());
    environment.put("BACKEND_WS_URL", backend.webSocketUrl().toString());
    environment.put("API_KEY", "an-api-key");
    environment.put("SECRET_KEY", "0123456789abcdef0123456789abcdef");
    environment.put("CLUSTER_ID", "test");
    environment.put("AGENT_ID", "agent-1");
    environment.put("COLLECTION_INTERVAL", "1");
    environment.put("ACTION_POLL_INTERVAL", "1");
    environment.put("HEARTBEAT_INTERVAL", "1");
    environment.put("SPOOL_DIR", directory.resolve("spool").toString());
  }

  /** Starts the cluster and a backend for it; no agent. */
  static Surroundings start(EmbeddedCluster cluster, Path directory) throws IOException {
    cluster.start();
    return new Surroundings(
        cluster,
        ReferenceBackend.builder()
            .clusterId("test")
            .apiKey("an-api-key")
            .signingKey(SigningKey.of("default", "0123456789abcdef0123456789abcdef"))
            .start(),
        directory);
  }

  EmbeddedCluster cluster() {
    return cluster;
  }

  ReferenceBackend backend() {
    return backend;
  }

  /** The agent's variables, to be changed before it starts. */
  Map<String, String> environment() {
    return environment;
  }

  /** Starts one more agent process. */
  AgentProcess run() throws IOException {
    Path log = directory.resolve("agent-" + (agents.size() + 1) + ".log");
    AgentProcess agent = AgentProcess.start(LAUNCHER, environment, log);
    agents.push(agent);
    return agent;
  }

  /** Starts one more agent process under a name that the cluster's requests tell it by. */
  AgentProcess runAs(String name) throws IOException {
    Path kubeconfig = cluster.writeKubeconfigOf(name, directory.resolve("kubeconfig-" + name));
    environment.put("KUBECONFIG", kubeconfig.toString());
    environment.put("AGENT_ID", name);
    environment.put("SPOOL_DIR", directory.resolve("spool-" + name).toString());
    return run();
  }

  /** Sends a signal such as {@code STOP}, which Java has no call for. */
  static void signal(AgentProcess agent, String name) throws IOException, InterruptedException {
    String pid = Long.toString(agent.process().pid());
    Process kill = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new AssertionError("kill -" + name + " " + pid + " ended with " + kill.exitValue());
    }
  }

  /** Runs another command of the agent to its end. */
  Ending agent(String... arguments) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "command", ".txt");
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      if (!process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(command + " did not end: " + Files.readString(output));
      }
      return new Ending(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }

  /** What the running agent answers. */
  HttpResponse<String> get(AgentProcess agent, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + agent.httpPort() + path);
    return http.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
        BodyHandlers.ofString());
  }

  /** Waits for a line in the agent's log; fails with the whole log. */
  void awaitLine(AgentProcess agent, String regex) throws IOException, InterruptedException {
    Pattern pattern = Pattern.compile(regex);
    if (!cluster.await(() -> pattern.matcher(log(agent)).find(), SOON)) {
      throw new AssertionError("no line '" + regex + "' in the log:\n" + log(agent));
    }
  }

  /** What the agent has printed so far. */
  static String log(AgentProcess agent) {
    try {
      return Files.readString(agent.log());
    } catch (IOException e) {
      return "not readable: " + e;
    }
  }

  /**
   * Runs a Deployment in {@code default} whose pods take so long to end; returns when all of them
   * are available.
   */
  void deploy(String name, int replicas, int stopSeconds) throws InterruptedException {
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s, namespace: default}
        spec:
          replicas: %2$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata:
              labels: {app: %1$s}
              annotations: {sim/stop-seconds: "%3$d"}
            spec:
              terminationGracePeriodSeconds: 60
              containers:
                - {name: main, image: "main:1", resources: {requests: {cpu: 50m, memory: 32Mi}}}
        """
            .formatted(name, replicas, stopSeconds));
    assertThat(cluster.await(() -> availableReplicas(name) == replicas, SOON)).isTrue();
  }

  private int availableReplicas(String deployment) {
    return cluster
        .get("apps/v1", "Deployment", "default", deployment)
        .orElseThrow()
        .at("/status/availableReplicas")
        .asInt(0);
  }

  /** The node with the most pods of namespace {@code default}. */
  String busiestNode() {
    return cluster.list("v1", "Pod", "default").stream()
        .collect(Collectors.groupingBy(Surroundings::nodeName, Collectors.counting()))
        .entrySet()
        .stream()
        .max(Map.Entry.comparingByValue())
        .orElseThrow()
        .getKey();
  }

  /** The pods of namespace {@code default} on that node. */
  List<JsonNode> pods(String node) {
    return cluster.list("v1", "Pod", "default").stream()
        .filter(pod -> nodeName(pod).equals(node))
        .toList();
  }

  private static String nodeName(JsonNode pod) {
    return pod.at("/spec/nodeName").asString("");
  }

  static boolean isTerminating(JsonNode pod) {
    return pod.at("/metadata/deletionTimestamp").isString();
  }

  /** Ends the agents before what they talk to. */
  @Override
  public void close() {
    agents.forEach(AgentProcess::close);
    http.close();
    backend.close();
    cluster.close();
  }
}
