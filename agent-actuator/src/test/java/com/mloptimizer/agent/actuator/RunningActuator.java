package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionLog;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.backend.ApiKeySource;
import com.mloptimizer.agent.core.backend.BackendClient;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.BackendSettings;
import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.envelope.EnvelopeSigner;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionAck;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import io.prometheus.client.CollectorRegistry;
import java.lang.Thread.State;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The actuator on its thread, between a cluster and the reference backend. */
final class RunningActuator implements AutoCloseable {
  static final String CLUSTER = "test";
  static final SigningKey KEY = SigningKey.of("test", "a-key-for-tests-of-32-bytes-or-more!");
  static final Duration SOON = Duration.ofSeconds(15);

  final ReferenceBackend backend;
  final List<AgentFrame> frames = new CopyOnWriteArrayList<>();
  final ActuatorComponent actuator;
  final CollectorRegistry registry = new CollectorRegistry();
  private final KubernetesClient kubernetes;
  private final BackendClient client;
  private Thread thread;

  RunningActuator(Path kubeconfig, ReferenceBackend backend, boolean dryRun) throws Exception {
    this(kubeconfig, backend, dryRun, 4, 256);
  }

  RunningActuator(
      Path kubeconfig, ReferenceBackend backend, boolean dryRun, int parallelism, int queueCapacity)
      throws Exception {
    this(
        kubeconfig,
        backend,
        settings(
            "default",
            null,
            dryRun,
            parallelism,
            queueCapacity,
            GuardrailConfiguration.standard()));
  }

  /** Keeps to these guardrails; in that pod, if one is named. */
  RunningActuator(
      Path kubeconfig,
      ReferenceBackend backend,
      String namespace,
      @Nullable String podName,
      boolean dryRun,
      GuardrailConfiguration guardrails)
      throws Exception {
    this(kubeconfig, backend, settings(namespace, podName, dryRun, 4, 256, guardrails));
  }

  static ActuatorSettings settings(
      String namespace,
      @Nullable String podName,
      boolean dryRun,
      int parallelism,
      int queueCapacity,
      GuardrailConfiguration guardrails) {
    return new ActuatorSettings(
        new AgentIdentity(CLUSTER, "agent-1", "boot-1"),
        namespace,
        podName,
        dryRun,
        Duration.ofHours(1),
        parallelism,
        queueCapacity,
        Duration.ofHours(24),
        guardrails);
  }

  private RunningActuator(Path kubeconfig, ReferenceBackend backend, ActuatorSettings settings)
      throws Exception {
    this.backend = backend;
    kubernetes =
        KubernetesAccess.from(Map.of(), Path.of("/nonexistent"))
            .withKubeconfig(kubeconfig)
            .open("test");
    BackendMetrics metrics = new BackendMetrics(registry);
    client =
        new BackendClient(
            BackendSettings.of(backend.httpUrl(), "test"),
            ApiKeySource.fixed(ApiKey.of("sandbox-api-key")),
            ProxyEnvironment.none(),
            metrics,
            InstantSource.system());
    TunableSettings tunables =
        new TunableSettings(
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            100,
            "INFO",
            true);
    actuator =
        new ActuatorComponent(
            settings,
            () -> tunables,
            kubernetes,
            client,
            new BackendRetry(Backoff.standard(), metrics, Ticker.system()),
            new EnvelopeVerifier(() -> Keyring.of(KEY)),
            frames::add,
            new ComponentHealth(ComponentName.ACTUATOR, InstantSource.system(), Ticker.system()),
            InstantSource.system(),
            registry,
            ActionLog.none());
    thread = startLoop();
  }

  private Thread startLoop() {
    return Thread.ofPlatform()
        .name("actuator")
        .start(() -> {
          try {
            actuator.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Ends the loop while it waits for something and starts it again, as the supervisor does. */
  void restartLoop() throws InterruptedException {
    await(
        "the loop to wait",
        () ->
            Optional.of(thread.getState())
                .filter(state -> state == State.WAITING || state == State.TIMED_WAITING));
    thread.interrupt();
    assertThat(thread.join(SOON)).isTrue();
    thread = startLoop();
  }

  static ReferenceBackend startBackend() throws Exception {
    return ReferenceBackend.builder().clusterId(CLUSTER).signingKey(KEY).start();
  }

  static ReceivedEnvelope envelope(String id, String type, String parameters) {
    return envelope(id, type, parameters, Instant.now().plusSeconds(600));
  }

  static ReceivedEnvelope envelope(String id, String type, String parameters, Instant expiresAt) {
    return envelope(id, type, parameters, expiresAt, false);
  }

  static ReceivedEnvelope envelope(
      String id, String type, String parameters, Instant expiresAt, boolean dryRun) {
    return envelope(id, type, parameters, expiresAt.minusSeconds(600), expiresAt, dryRun);
  }

  static ReceivedEnvelope envelope(
      String id,
      String type,
      String parameters,
      Instant issuedAt,
      Instant expiresAt,
      boolean dryRun) {
    String payload =
        """
        {"id": "%s", "cluster_id": "%s", "type": "%s", "parameters": %s,
         "issued_at": "%s", "expires_at": "%s", "dry_run": %s}\
        """
            .formatted(id, CLUSTER, type, parameters, issuedAt, expiresAt, dryRun);
    return ReceivedEnvelope.of(
        new EnvelopeSigner(KEY).sign(PayloadType.ACTION, payload.getBytes(StandardCharsets.UTF_8)));
  }

  /** What an earlier agent, or anybody, left in the journal. */
  static ObjectNode entry(String name, String type, String envelope) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("apiVersion", "agent.mloptimizer.com/v1alpha1").put("kind", "AgentAction");
    entry.putObject("metadata").put("name", name).put("namespace", "default");
    entry
        .putObject("spec")
        .put("envelope", envelope)
        .put("source", "poll")
        .put("type", type)
        .put("target", "Node/x");
    return entry;
  }

  static ObjectNode entry(String id, String type, ReceivedEnvelope envelope) {
    return entry(id, type, new String(envelope.json(), StandardCharsets.UTF_8));
  }

  /** Submits an action and waits for its result at the backend. */
  ActionResult carryOut(String id, String type, String parameters) throws InterruptedException {
    actuator.submit(envelope(id, type, parameters), Source.WEBSOCKET);
    return result(id);
  }

  ActionResult result(String id) throws InterruptedException {
    return backend.awaitResult(new ActionId(id), SOON).result();
  }

  ActionAck awaitAck(ReceivedEnvelope envelope) {
    return await(
        "an acknowledgement",
        () ->
            acks().stream().filter(a -> a.envelopeSha256().equals(envelope.sha256())).findFirst());
  }

  List<ActionAck> acks() {
    return frames.stream().filter(ActionAck.class::isInstance).map(ActionAck.class::cast).toList();
  }

  void awaitReady() {
    await("the journal", () -> actuator.missing().isEmpty() ? Optional.of(true) : Optional.empty());
  }

  /** Looks until there is something, or fails when it takes too long. */
  static <T> T await(String what, Supplier<Optional<T>> something) {
    long until = System.nanoTime() + SOON.toNanos();
    while (System.nanoTime() - until < 0) {
      Optional<T> found = something.get();
      if (found.isPresent()) {
        return found.get();
      }
      LockSupport.parkNanos(5_000_000);
    }
    throw new AssertionError("no " + what + " within " + SOON);
  }

  /** Stops the actuator as the supervisor does, and fails if it does not end. */
  void stop() {
    actuator.stop();
    try {
      if (!thread.join(SOON)) {
        throw new AssertionError("the actuator does not stop: " + List.of(thread.getStackTrace()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
    client.close();
    kubernetes.close();
  }
}
