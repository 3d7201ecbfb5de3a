package com.mloptimizer.agent.main;

import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The agent as people run it, to be measured from outside. */
final class BenchAgent implements AutoCloseable {

  private static final Duration SOON = Duration.ofMinutes(3);
  // Seldom enough not to be what is measured.
  private static final Duration POLL_SYNCED = Duration.ofMillis(50);
  private static final Duration POLL_COLLECTIONS = Duration.ofSeconds(1);

  private final AgentProcess agent;
  private final HttpClient http = HttpClient.newHttpClient();

  private BenchAgent(AgentProcess agent) {
    this.agent = agent;
  }

  /** Starts it, collecting as often as this. */
  static BenchAgent start(
      Path kubeconfig, String backend, URI webSocket, int intervalSeconds, Path folder)
      throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("KUBECONFIG", kubeconfig.toString());
    environment.put("BACKEND_URL", backend);
    environment.put("BACKEND_WS_URL", webSocket.toString());
    environment.put("API_KEY", "an-api-key");
    environment.put("SECRET_KEY", "0123456789abcdef0123456789abcdef");
    environment.put("CLUSTER_ID", "bench");
    // Alone: what an earlier run may have left of its lease is not what is measured.
    environment.put("LEADER_ELECTION", "false");
    environment.put("COLLECTION_INTERVAL", Integer.toString(intervalSeconds));
    environment.put("SPOOL_DIR", folder.resolve("spool").toString());
    return new BenchAgent(
        AgentProcess.start(Surroundings.LAUNCHER, environment, folder.resolve("agent.log")));
  }

  ProcessFigures figures() {
    return new ProcessFigures(agent.process().pid());
  }

  void awaitSynced() throws IOException {
    await("caches synced", () -> isSynced() ? 1 : 0, 1, POLL_SYNCED);
  }

  double collections() {
    return metric("agent_collection_duration_seconds_count");
  }

  void awaitCollections(double atLeast) throws IOException {
    await(atLeast + " collections", this::collections, atLeast, POLL_COLLECTIONS);
  }

  private void await(String what, DoubleSupplier figure, double atLeast, Duration poll)
      throws IOException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (figure.getAsDouble() < atLeast) {
      if (System.nanoTime() - deadline > 0 || !agent.process().isAlive()) {
        throw new AssertionError("no " + what + ":\n" + Files.readString(agent.log()));
      }
      LockSupport.parkNanos(poll.toNanos());
    }
  }

  private boolean isSynced() {
    return get("/readyz?verbose").matches("(?s).*\"caches synced\",\"met\":true.*");
  }

  /** One of its metrics; 0 if it has none of that name. */
  double metric(String name) {
    Matcher line =
        Pattern.compile("^" + Pattern.quote(name) + " ([0-9.eE+-]+)$", Pattern.MULTILINE)
            .matcher(get("/metrics"));
    return line.find() ? Double.parseDouble(line.group(1)) : 0;
  }

  /** What it answers; empty while it doesn't. */
  private String get(String path) {
    URI uri = URI.create("http://127.0.0.1:" + agent.httpPort() + path);
    try {
      return http.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  @Override
  public void close() {
    agent.close();
    http.close();
  }
}
