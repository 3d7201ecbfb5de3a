package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.JsonBody;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.RegisterAnswer;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.core.protocol.SystemUsage;
import io.prometheus.client.CollectorRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HeartbeatComponentTest {
  private final InstantSource clock = InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));
  private final ComponentHealth health =
      new ComponentHealth(ComponentName.HEARTBEAT, clock, Ticker.system());
  private final FakeBackend backend = new FakeBackend();
  private final List<ReceivedEnvelope> configurations = new ArrayList<>();
  private final HeartbeatComponent component = component(Duration.ofMillis(50));
  private volatile List<String> capabilities = List.of("metrics");
  private final Thread thread = new Thread(this::run, "heartbeat");

  @AfterEach
  void stop() throws InterruptedException {
    backend.release.countDown();
    component.stop();
    thread.join();
  }

  @Test
  void run_registered_sendsHeartbeatsAndHandsOverTheConfiguration() throws Exception {
    ReceivedEnvelope envelope = ReceivedEnvelope.of("{}");
    backend.registerAnswer = new RegisterAnswer(null, envelope);
    assertThat(component.missing()).isPresent();
    thread.start();

    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
    assertThat(component.missing()).isEmpty();
    assertThat(configurations).containsExactly(envelope);
  }

  @Test
  void run_backendForgotTheAgent_registersAgain() throws Exception {
    backend.answers.add(new BackendAnswer.Refused<>(404, "unknown agent"));
    thread.start();

    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
  }

  @Test
  void run_heartbeatFails_isNotRetriedButNextTurnReportsDegraded() throws Exception {
    backend.answers.add(new BackendAnswer.RetryLater<>("status 503", null));
    thread.start();

    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
    assertThat(backend.next()).isEqualTo("heartbeat degraded");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
  }

  @Test
  void stop_registered_saysGoodbyeAndReturns() throws Exception {
    component.wishInterval(3600);
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");

    component.stop();

    assertThat(backend.next()).isEqualTo("heartbeat stopping");
    assertThat(backend.next()).isEqualTo("deregister shutdown");
    assertThat(thread.join(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void stop_backendHangs_returnsWithinTheBounds() throws Exception {
    backend.hangsAtTheEnd = true;
    component.wishInterval(3600);
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");

    component.stop();

    assertThat(thread.join(Duration.ofSeconds(8))).isTrue();
  }

  @Test
  void stop_heartbeatUnderWay_isGivenUpWithinTheBounds() throws Exception {
    backend.hangsAlways = true;
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");

    component.stop();

    assertThat(thread.join(Duration.ofMillis(4500))).as("what the supervisor grants").isTrue();
  }

  @Test
  void run_capabilitiesChange_registersAgainOnce() throws Exception {
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");

    capabilities = List.of("metrics", "action:cordon_node");

    List<String> calls = new ArrayList<>();
    while (calls.stream().filter(call -> call.equals("heartbeat healthy")).count() < 3) {
      calls.add(backend.next());
    }
    assertThat(calls).containsOnlyOnce("register");
  }

  @Test
  void run_backendRefusesToHearOfAChange_isAskedOnceATurnAndHasHeartbeats() throws Exception {
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");

    backend.refusal = new BackendAnswer.RetryLater<>("status 503", null);
    capabilities = List.of("metrics", "action:cordon_node");
    awaitCall("register");

    assertThat(backend.next()).isEqualTo("heartbeat degraded");
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).startsWith("heartbeat");
    backend.refusal = null;
    awaitCall("register");
    awaitCall("heartbeat healthy");
  }

  @Test
  void run_backendWantsToHearOfAChangeLater_isLeftAloneUntilThen() throws Exception {
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");

    backend.refusal = new BackendAnswer.RetryLater<>("status 429", Duration.ofSeconds(1));
    capabilities = List.of("metrics", "action:cordon_node");
    awaitCall("register");
    long began = System.nanoTime();
    backend.refusal = null;
    awaitCall("heartbeat healthy");
    awaitCall("register");

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isGreaterThanOrEqualTo(Duration.ofMillis(900));
  }

  @Test
  void run_backendDoesNotAcceptTheKeyForAChange_isLeftAloneForAMinute() throws Exception {
    assertThat(callsAfterAChange(new BackendAnswer.Unauthorized<>(401)))
        .allMatch(call -> call.startsWith("heartbeat"));
  }

  @Test
  void run_backendRefusesAChangeForGood_isToldTheNextOneOnly() throws Exception {
    assertThat(callsAfterAChange(new BackendAnswer.Refused<>(400, "no")))
        .allMatch(call -> call.startsWith("heartbeat"));

    backend.refusal = null;
    capabilities = List.of("metrics");
    awaitCall("register");
  }

  /** Five calls that follow the one that tells of a change and is answered so. */
  private List<String> callsAfterAChange(BackendAnswer<RegisterAnswer> refusal) throws Exception {
    thread.start();
    assertThat(backend.next()).isEqualTo("register");
    assertThat(backend.next()).isEqualTo("heartbeat healthy");
    backend.refusal = refusal;
    capabilities = List.of("metrics", "action:cordon_node");
    awaitCall("register");
    List<String> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      calls.add(backend.next());
    }
    return calls;
  }

  private void awaitCall(String call) throws InterruptedException {
    String next;
    do {
      next = backend.next();
      assertThat(next).isNotEqualTo("nothing");
    } while (!next.equals(call));
  }

  @Test
  void wishInterval_outOfBounds_isIgnored() {
    HeartbeatInterval interval = new HeartbeatInterval(() -> settings(Duration.ofSeconds(30)));
    interval.wish(0);
    interval.wish(3601);
    assertThat(interval.get()).isEqualTo(Duration.ofSeconds(30));
    interval.wish(3600);
    assertThat(interval.get()).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void heartbeat_any_isTheGoldenJson() {
    Messages messages =
        new Messages(new AgentIdentity("prod-1", "a", "b"), sources(Duration.ofSeconds(30)), clock);
    String golden =
        """
        {"cluster_id":"prod-1","agent_id":"a","boot_id":"b","timestamp":"2026-01-01T00:00:00Z",
         "status":"healthy","leader":true,
         "components":{"heartbeat":{"healthy":true,"since":"2026-01-01T00:00:00Z",
           "last_success_at":null,"restarts":0}},
         "metrics":{"cpu":{"percent":1.0,"count":2.0},
           "memory":{"total":4,"used":1,"percent":25.0},
           "disk":{"total":4,"used":1,"percent":25.0},
           "network":{"bytes_sent":5,"bytes_received":6},
           "process":{"memory_bytes":7,"cpu_percent":0.5}},
         "config":{"version":0,"status":"applied","error":null},"counters":{"batches_dropped_total":0}}
        """;
    ProtocolCodec codec = new ProtocolCodec();
    assertThat((Object) codec.decode(codec.encode(messages.heartbeat()), Map.class))
        .isEqualTo(codec.decode(golden.getBytes(StandardCharsets.UTF_8), Map.class));
  }

  private void run() {
    try {
      component.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private HeartbeatComponent component(Duration interval) {
    return new HeartbeatComponent(
        backend,
        new BackendRetry(
            new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), () -> 0.5),
            new BackendMetrics(new CollectorRegistry()),
            Ticker.system()),
        new AgentIdentity("prod-1", "a", "b"),
        sources(interval),
        configurations::add,
        health,
        clock,
        Ticker.system());
  }

  private HeartbeatSources sources(Duration interval) {
    SystemUsage usage =
        new SystemUsage(
            new SystemUsage.Cpu(1, 2),
            new SystemUsage.Memory(4, 1, 25),
            new SystemUsage.Disk(4, 1, 25),
            new SystemUsage.Network(5, 6),
            new SystemUsage.OwnProcess(7, 0.5));
    return new HeartbeatSources(
        "1.2",
        () -> capabilities,
        () -> "v1.36.0",
        List.of(health),
        () -> true,
        () -> settings(interval),
        ConfigState::none,
        () -> Map.of("batches_dropped_total", 0L),
        () -> usage);
  }

  private static TunableSettings settings(Duration heartbeat) {
    return new TunableSettings(
        Duration.ofSeconds(60), Duration.ofSeconds(10), heartbeat, 100, "INFO", true);
  }

  /** Notes the calls; answers as told, else that all is well. */
  private static final class FakeBackend implements Backend {
    final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    final Queue<BackendAnswer<Nothing>> answers = new ArrayDeque<>();
    final CountDownLatch release = new CountDownLatch(1);
    volatile RegisterAnswer registerAnswer = new RegisterAnswer(null, null);
    volatile @Nullable BackendAnswer<RegisterAnswer> refusal;
    volatile boolean hangsAtTheEnd;
    volatile boolean hangsAlways;

    String next() throws InterruptedException {
      String call = calls.poll(10, TimeUnit.SECONDS);
      return call == null ? "nothing" : call;
    }

    @Override
    public BackendAnswer<RegisterAnswer> register(RegisterRequest request) {
      BackendAnswer<RegisterAnswer> refused = refusal;
      calls.add("register");
      return refused == null ? new BackendAnswer.Done<>(registerAnswer) : refused;
    }

    @Override
    public BackendAnswer<Nothing> heartbeat(HeartbeatRequest request) {
      calls.add("heartbeat " + request.status().wireName());
      return answer(request.status() == HeartbeatRequest.Status.STOPPING);
    }

    @Override
    public BackendAnswer<Nothing> deregister(DeregisterRequest request) {
      calls.add("deregister " + request.reason());
      return answer(true);
    }

    private BackendAnswer<Nothing> answer(boolean atTheEnd) {
      while ((hangsAlways || (atTheEnd && hangsAtTheEnd)) && release.getCount() > 0) {
        try {
          release.await();
        } catch (InterruptedException e) {
          // A client that doesn't heed interrupts is the worst case.
        }
      }
      BackendAnswer<Nothing> answer = answers.poll();
      return answer == null ? new BackendAnswer.Done<>(Nothing.NOTHING) : answer;
    }

    @Override
    public BackendAnswer<Nothing> sendMetrics(JsonBody batch, String idempotencyKey) {
      throw new UnsupportedOperationException();
    }

    @Override
    public BackendAnswer<List<ReceivedEnvelope>> poll(String clusterId, String agentId) {
      throw new UnsupportedOperationException();
    }

    @Override
    public BackendAnswer<Nothing> sendResult(ResultRequest request) {
      throw new UnsupportedOperationException();
    }
  }
}
