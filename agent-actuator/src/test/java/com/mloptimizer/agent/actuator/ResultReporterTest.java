package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import io.prometheus.client.CollectorRegistry;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(60)
class ResultReporterTest {
  private static final int ROOM = 1000;

  @TempDir Path directory;

  private final CollectorRegistry registry = new CollectorRegistry();
  private final ActuatorMetrics metrics = new ActuatorMetrics(registry);
  private final WriteBehind behind = new WriteBehind(() -> false);
  private final StopSignal stop = new StopSignal();

  /** Every attempt, in order. */
  private final List<String> attempts = new CopyOnWriteArrayList<>();

  private volatile Function<String, BackendAnswer<Backend.Nothing>> answers = _ -> taken();
  private EmbeddedCluster cluster;
  private KubernetesClient kubernetes;
  private ResultReporter reporter;
  private Thread thread;

  @BeforeEach
  void start() throws Exception {
    cluster = EmbeddedCluster.builder().seed(1).nodes(1).demoWorkloads(false).build();
    cluster.start();
    kubernetes = Stage.open(cluster.writeKubeconfig(directory.resolve("kubeconfig")));
    reporter =
        new ResultReporter(
            backend(),
            new BackendRetry(
                new Backoff(Duration.ofMillis(1), Duration.ofMillis(20), () -> 0.99),
                new BackendMetrics(registry),
                Ticker.system()),
            new Journal(kubernetes, "default"),
            new AgentIdentity("test", "agent-1", "boot-1"),
            InstantSource.system(),
            behind,
            metrics,
            new ComponentHealth(ComponentName.ACTUATOR, InstantSource.system(), Ticker.system()),
            stop);
    thread =
        Thread.ofVirtual()
            .unstarted(() -> {
              try {
                reporter.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  @AfterEach
  void stop() {
    stop.request();
    thread.interrupt();
    kubernetes.close();
    cluster.close();
  }

  @Test
  void run_oneThatTheBackendCannotStore_standsAsideForTheOthers() {
    answers = id -> id.equals("bad") ? later() : taken();
    report("bad");
    for (int i = 0; i < 20; i++) {
      report("good-" + i);
    }
    thread.start();
    RunningActuator.await("the others", () -> Optional.of(owed()).filter(owed -> owed == 1));
    report("late");
    RunningActuator.await("one that comes later", () -> tried("late").stream().findFirst());
    // Three in its turn; then once, and it fails by its own fault: again in a minute.
    assertThat(tried("bad")).hasSize(4);
    assertThat(owed()).isLessThanOrEqualTo(2);
  }

  @Test
  void run_outage_allTakeTurnsAndAreTakenWhenItIsOver() {
    answers = _ -> later();
    for (int i = 0; i < 5; i++) {
      report("result-" + i);
    }
    thread.start();
    RunningActuator.await("attempts", () -> Optional.of(attempts).filter(a -> a.size() > 40));
    answers = _ -> taken();
    RunningActuator.await("no result to be owed", () -> Optional.of(owed()).filter(o -> o == 0));
    for (int i = 0; i < 5; i++) {
      assertThat(tried("result-" + i)).hasSizeGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void reportAgain_queueIsFull_whatWasReportedIsNotOwed() {
    for (int i = 0; i < ROOM; i++) {
      report("result-" + i);
    }
    assertThat(owed()).isEqualTo(ROOM);
    reporter.reportAgain(entry("told", true));
    assertThat(owed()).isEqualTo(ROOM);
    reporter.reportAgain(entry("untold", false));
    assertThat(owed()).isEqualTo(ROOM + 1);
    thread.start();
    RunningActuator.await("room", () -> Optional.of(owed()).filter(o -> o == 1));
    assertThat(tried("told")).isEmpty();
  }

  @Test
  void reportAgain_acknowledgedAndTheMarkWaits_isSentAgainAndNotOwed() {
    thread.start();
    report("told");
    RunningActuator.await("it to be told", () -> Optional.of(owed()).filter(o -> o == 0));
    reporter.reportAgain(entry("told", false)); // So says the journal until the mark is written.
    RunningActuator.await("it again", () -> Optional.of(tried("told")).filter(t -> t.size() == 2));
    assertThat(owed()).isZero();
    assertThat(reporter.recount().find(new ActionId("told"))).isFalse();
  }

  private void report(String id) {
    reporter.report(new ActionId(id), result());
  }

  private List<String> tried(String id) {
    return attempts.stream().filter(id::equals).toList();
  }

  private double owed() {
    return registry.getSampleValue("agent_results_unacknowledged");
  }

  private Backend backend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, _, arguments) -> {
              String id = ((ResultRequest) arguments[0]).actionId().value();
              attempts.add(id);
              return answers.apply(id);
            });
  }

  private static BackendAnswer<Backend.Nothing> taken() {
    return new BackendAnswer.Done<>(Backend.Nothing.NOTHING);
  }

  private static BackendAnswer<Backend.Nothing> later() {
    return new BackendAnswer.RetryLater<>("status 500", null);
  }

  private static ActionResult result() {
    return ActionResult.refused(RejectionReason.UNSAFE, "", Instant.now());
  }

  static JournalEntry entry(String id, boolean reported) {
    return new JournalEntry(
        new ActionId(id),
        "uid",
        "1",
        ReceivedEnvelope.of("{}"),
        Source.POLL,
        "cordon_node",
        Instant.now(),
        Instant.now(),
        Instant.now(),
        Phase.FINISHED,
        1,
        Instant.now(),
        JsonNodeFactory.instance.objectNode(),
        null,
        result(),
        reported);
  }
}
