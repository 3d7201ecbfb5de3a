package com.mloptimizer.agent.deploy;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Lets the agent do once what it does in every life: start, register, connect, collect, send, act,
 * stop. What its JVM notes about that becomes the image's AOT cache.
 */
final class TrainingRun {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int NODES = 3;
  private static final int BATCHES = 3;

  private final Path scratch;
  private final Map<String, String> environment = new HashMap<>();

  private TrainingRun(Path scratch) {
    this.scratch = scratch;
  }

  /**
   * Runs the agent.
   *
   * @param agent the command line up to and with the main class
   * @param scratch an existing folder for what is left over
   */
  static void of(List<String> agent, Path scratch) throws IOException, InterruptedException {
    new TrainingRun(scratch).run(agent);
  }

  private void run(List<String> agent) throws IOException, InterruptedException {
    SigningKey key = SigningKey.of("training", "training-key-of-32-bytes-or-more");
    try (EmbeddedCluster cluster = EmbeddedCluster.builder().nodes(NODES).build();
        ReferenceBackend backend =
            ReferenceBackend.builder()
                .clusterId("training")
                .apiKey("training")
                .signingKey(key)
                .start()) {
      cluster.start();
      environment.put(
          "KUBECONFIG", cluster.writeKubeconfig(scratch.resolve("kubeconfig")).toString());
      environment.put("BACKEND_URL", backend.httpUrl().toString());
      environment.put("BACKEND_WS_URL", backend.webSocketUrl().toString());
      work(agent, cluster, backend);
    }
  }

  private void work(List<String> agent, EmbeddedCluster cluster, ReferenceBackend backend)
      throws IOException, InterruptedException {
    Path log = scratch.resolve("training.log");
    Process process = start(agent, log);
    try {
      backend.awaitConnection(SOON);
      String node = cluster.list("v1", "Node", "").getFirst().at("/metadata/name").stringValue();
      for (ActionType type : List.of(ActionType.CORDON_NODE, ActionType.UNCORDON_NODE)) {
        ActionId id = backend.push(ActionDraft.of(type).with("node_name", node));
        backend.awaitResult(id, SOON);
      }
      backend.await(
          "batches", () -> Optional.of(1).filter(_ -> backend.batches().size() >= BATCHES), SOON);
      process.destroy();
      if (!process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("the agent did not end well");
      }
    } catch (IOException | AssertionError e) {
      throw new IOException("training failed; the agent's log:\n" + Files.readString(log), e);
    } finally {
      process.destroyForcibly();
    }
  }

  private Process start(List<String> agent, Path log) throws IOException {
    List<String> command = new ArrayList<>(agent);
    command.add("run");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("API_KEY", "training");
    builder.environment().put("SECRET_KEY", "training-key-of-32-bytes-or-more");
    builder.environment().put("CLUSTER_ID", "training");
    builder.environment().put("COLLECTION_INTERVAL", "1");
    builder.environment().put("HEARTBEAT_INTERVAL", "1");
    builder.environment().put("ACTION_POLL_INTERVAL", "1");
    builder.environment().put("HTTP_PORT", "0");
    builder.environment().put("LOG_FORMAT", "json");
    builder.environment().put("SPOOL_DIR", scratch.resolve("spool").toString());
    return builder.start();
  }
}
