package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import io.prometheus.client.CollectorRegistry;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JournalDeskTest {
  private static final String VERSION = "agent.mloptimizer.com/v1alpha1";

  @TempDir Path directory;

  private long now;
  private final TidySchedule schedule = new TidySchedule(() -> now);
  private EmbeddedCluster cluster;
  private KubernetesClient kubernetes;
  private JournalDesk desk;

  @BeforeEach
  void start() throws Exception {
    cluster = EmbeddedCluster.builder().seed(1).nodes(1).demoWorkloads(false).build();
    cluster.start();
    kubernetes = Stage.open(cluster.writeKubeconfig(directory.resolve("kubeconfig")));
    Journal journal = new Journal(kubernetes, "default");
    CollectorRegistry registry = new CollectorRegistry();
    ActuatorMetrics metrics = new ActuatorMetrics(registry);
    InHand inHand = new InHand();
    WaitingRoom room = new WaitingRoom(1, metrics);
    StopSignal stop = new StopSignal();
    ActuatorSettings settings =
        RunningActuator.settings("default", null, false, 1, 1, GuardrailConfiguration.standard());
    ResultReporter reporter =
        new ResultReporter(
            noBackend(),
            new BackendRetry(Backoff.standard(), new BackendMetrics(registry), Ticker.system()),
            journal,
            settings.identity(),
            InstantSource.system(),
            new WriteBehind(() -> false),
            metrics,
            new ComponentHealth(ComponentName.ACTUATOR, InstantSource.system(), Ticker.system()),
            stop);
    InstantSource inTwoDays =
        InstantSource.offset(InstantSource.system(), Duration.ofDays(2)); // All of it is old.
    desk =
        new JournalDesk(
            settings,
            journal,
            inHand,
            room,
            new Dispatcher(1, inHand, room, _ -> {}),
            reporter,
            new EnvelopeVerifier(() -> Keyring.of(RunningActuator.KEY)),
            inTwoDays,
            stop);
    for (int i = 0; i < 5; i++) {
      stranger("old." + i);
    }
  }

  @AfterEach
  void stop() {
    kubernetes.close();
    cluster.close();
  }

  @Test
  void tidyOnce_oneCannotBeDeleted_theOthersAre() throws Exception {
    cluster.faults().fail(request -> isDeletion(request, "old.0"), 1000);
    desk.tidyOnce(schedule, false);
    assertThat(cluster.list(VERSION, "AgentAction", "default"))
        .extracting(object -> object.at("/metadata/name").stringValue())
        .containsExactly("old.0");
    assertThat(schedule.isDue(false)).as("not at once").isFalse();
    cluster.faults().clear();
    now += Duration.ofSeconds(5).toNanos();
    assertThat(schedule.isDue(false)).isTrue();
    desk.tidyOnce(schedule, false);
    assertThat(cluster.list(VERSION, "AgentAction", "default")).isEmpty();
  }

  @Test
  void tidyOnce_oneCannotBeTakenUp_oldOnesAreDeletedAndItIsTriedAgainSoon() throws Exception {
    cluster.apply(RunningActuator.entry("forged", "?", "{}"));
    cluster
        .faults()
        .answer(request -> isChange(request, "forged"), 1000, 422, "Invalid", "a policy");
    desk.tidyOnce(schedule, false);
    assertThat(cluster.list(VERSION, "AgentAction", "default")).hasSize(1);
    now += Duration.ofSeconds(5).toNanos();
    assertThat(schedule.isDue(false)).isTrue();
    cluster.faults().clear();
    desk.tidyOnce(schedule, false);
    assertThat(
            cluster
                .get(VERSION, "AgentAction", "default", "forged")
                .orElseThrow()
                .at("/status/phase")
                .stringValue())
        .isEqualTo("Finished");
  }

  private static boolean isChange(ApiRequest request, String name) {
    return request.isWrite() && request.path().endsWith("/" + name + "/status");
  }

  private static boolean isDeletion(ApiRequest request, String name) {
    return request.isWrite() && request.path().endsWith("/" + name);
  }

  private void stranger(String name) {
    cluster.apply(RunningActuator.entry(name, "?", "{}"));
  }

  private static Backend noBackend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, method, _) -> {
              throw new AssertionError(method + " is not expected");
            });
  }
}
