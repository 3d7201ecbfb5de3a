package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static com.mloptimizer.agent.main.Surroundings.log;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.ApiCall;
import com.mloptimizer.agent.sandbox.backend.BackendEvent;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How the agent's process ends, and what the next one makes of it. */
@Timeout(240)
class AgentLifeIT {
  /** What a pod's default grace of 30 s leaves to the agent. */
  private static final Duration STOP_TIME = Duration.ofSeconds(25);

  @TempDir private Path directory;

  private Surroundings surroundings;

  @BeforeEach
  void start() throws Exception {
    EmbeddedCluster cluster =
        EmbeddedCluster.builder()
            .nodes(3)
            .demoWorkloads(false)
            .podStart(Duration.ofMillis(200))
            .build();
    surroundings = Surroundings.start(cluster, directory);
  }

  @AfterEach
  void stop() {
    surroundings.close();
  }

  @Test
  void terminate_running_saysFarewellAndEndsWithZero() throws Exception {
    AgentProcess agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    String bootId = surroundings.backend().awaitRegistration(SOON).bootId();

    agent.process().destroy();

    assertThat(agent.process().waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS))
        .as(() -> log(agent))
        .isTrue();
    assertThat(agent.process().exitValue()).as(() -> log(agent)).isZero();
    assertThat(surroundings.backend().heartbeats().getLast().status())
        .isEqualTo(HeartbeatRequest.Status.STOPPING);
    assertThat(surroundings.backend().events(BackendEvent.Deregistered.class))
        .extracting(BackendEvent.Deregistered::request)
        .extracting(DeregisterRequest::bootId)
        .containsExactly(bootId);
    assertThat(log(agent)).contains("Agent stopped");
  }

  @Test
  void terminate_backendIsAway_endsInTimeWithZero() throws Exception {
    AgentProcess agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    surroundings.backend().close();

    agent.process().destroy();

    assertThat(agent.process().waitFor(STOP_TIME.toSeconds() + 2, TimeUnit.SECONDS))
        .as(() -> log(agent))
        .isTrue();
    assertThat(agent.process().exitValue()).as(() -> log(agent)).isZero();
  }

  @Test
  void terminate_heartbeatUnderWay_isNotWaitedFor() throws Exception {
    AgentProcess agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    surroundings.backend().misbehave().delay(ApiCall.HEARTBEAT, Duration.ofSeconds(30), 100);
    int beats = surroundings.backend().heartbeats().size();
    assertThat(
            surroundings
                .cluster()
                .await(() -> surroundings.backend().heartbeats().size() > beats, SOON))
        .isTrue();

    long start = System.nanoTime();
    agent.process().destroy();

    assertThat(agent.process().waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(agent.process().exitValue()).as(() -> log(agent)).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(12));
  }

  @Test
  void run_apiServerAwayAtFirst_tellsTheBackendLaterWhatItMayDo() throws Exception {
    surroundings.cluster().faults().goAway();
    AgentProcess agent = surroundings.run();
    RegisterRequest first = surroundings.backend().awaitRegistration(SOON);
    assertThat(first.kubernetesVersion()).isEmpty();
    assertThat(first.capabilities()).containsExactly("websocket");

    surroundings.cluster().faults().comeBack();

    RegisterRequest second =
        surroundings
            .backend()
            .await(
                "a registration with capabilities",
                () ->
                    surroundings.backend().registrations().stream()
                        .filter(r -> r.capabilities().contains("action:drain_node"))
                        .findFirst(),
                SOON);
    assertThat(second.bootId()).as(() -> log(agent)).isEqualTo(first.bootId());
    assertThat(second.kubernetesVersion()).startsWith("v1.");
  }

  @Test
  void run_clusterRefusesTheToken_saysWhatToDoAndEndsWithThree() throws Exception {
    Path kubeconfig = directory.resolve("kubeconfig");
    String expired =
        Files.readString(kubeconfig)
            .replace("/bearer/" + surroundings.cluster().token(), "")
            .replace(surroundings.cluster().token(), "expired");
    Files.writeString(kubeconfig, expired);

    AgentProcess agent = surroundings.run();

    assertThat(agent.process().waitFor(SOON.toSeconds(), TimeUnit.SECONDS))
        .as(() -> log(agent))
        .isTrue();
    assertThat(agent.process().exitValue()).as(() -> log(agent)).isEqualTo(ExitCode.UNAUTHORIZED);
    assertThat(log(agent))
        .contains("refuses the credentials (401", "token may have expired", "ServiceAccount")
        .doesNotContain("Exception", "\tat ");
    assertThat(surroundings.backend().registrations()).isEmpty();
  }

  @Test
  void run_electionSwitchedOff_leadsAtOnceAndTouchesNoLease() throws Exception {
    surroundings.environment().put("LEADER_ELECTION", "false");

    AgentProcess agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);

    assertThat(surroundings.get(agent, "/status").body()).containsPattern("\"leader\" ?: ?true");
    assertThat(surroundings.cluster().requests())
        .noneMatch(request -> request.path().contains("/leases"));
  }

  @Test
  void run_leaseIsForbidden_isNotReadyAndSaysWhyAndLives() throws Exception {
    surroundings.cluster().deny("*", "coordination.k8s.io", "leases");

    AgentProcess agent = surroundings.run();
    surroundings.awaitLine(agent, "WARN - Cannot use lease default/kubernetes-agent: 403");

    assertThat(surroundings.get(agent, "/readyz").statusCode()).isEqualTo(503);
    assertThat(surroundings.get(agent, "/readyz").body()).contains("leadership: lease", "403");
    assertThat(surroundings.get(agent, "/healthz").statusCode()).isEqualTo(200);
    assertThat(surroundings.backend().isConnected()).isFalse();

    surroundings.cluster().allowAll();
    surroundings.awaitLine(agent, "Leadership acquired");
    surroundings.backend().awaitConnection(SOON);
  }

  @Test
  void run_logFormatJson_writesOneObjectALine() throws Exception {
    surroundings.environment().put("LOG_FORMAT", "json");
    AgentProcess agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    agent.close();

    List<String> lines = Files.readAllLines(agent.log());
    assertThat(lines).hasSizeGreaterThan(5);
    for (String line : lines) {
      JsonNode entry = new JsonMapper().readTree(line);
      assertThat(entry.path("level").asString("")).as(line).isIn("INFO", "WARN");
      assertThat(entry.path("formattedMessage").asString("")).as(line).isNotEmpty();
      assertThat(entry.path("timestamp").isNumber()).as(line).isTrue();
    }
  }

  /** What an operator greps for: when an outage began and when it ended, and nothing between. */
  @Test
  void run_backendFails_logsOneLineAtTheStartAndOneAtTheEnd() throws Exception {
    AgentProcess agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    surroundings.backend().misbehave().answer(ApiCall.HEARTBEAT, 503, 4);

    surroundings.awaitLine(agent, "Backend takes heartbeats again after [0-9]+ s, 4 were lost");

    assertThat(log(agent)).containsOnlyOnce("Backend does not take heartbeats");
  }

  @Test
  void run_httpPortIsTaken_endsWithAMessage() throws Exception {
    AgentProcess first = surroundings.run();
    surroundings.backend().awaitRegistration(SOON);

    Surroundings.Ending second =
        surroundings.agent("run", "--agent-id=agent-2", "--http-port=" + first.httpPort());

    assertThat(second.code()).as(second.output()).isEqualTo(ExitCode.FAILED);
    assertThat(second.output()).contains("Address already in use");
  }

  @Test
  void kill_inTheMiddleOfADrain_theNextProcessFinishesItAndReportsOnce() throws Exception {
    surroundings.deploy("slow", 6, 8);
    String node = surroundings.busiestNode();
    AgentProcess first = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    ActionId id =
        surroundings
            .backend()
            .push(
                ActionDraft.of(ActionType.DRAIN_NODE)
                    .with("node_name", node)
                    .with("timeout_seconds", 120));
    assertThat(
            surroundings
                .cluster()
                .await(
                    () -> surroundings.pods(node).stream().anyMatch(Surroundings::isTerminating),
                    SOON))
        .as(() -> log(first))
        .isTrue();

    first.process().destroyForcibly().waitFor();

    assertThat(surroundings.backend().results()).isEmpty();
    assertThat(surroundings.pods(node)).isNotEmpty();
    AgentProcess second = surroundings.run();
    ResultRequest result = surroundings.backend().awaitResult(id, SOON.multipliedBy(2));
    assertThat(result.result().success()).as(() -> result + "\n" + log(second)).isTrue();
    assertThat(result.result().attempts()).as("it was taken up again").isEqualTo(2);
    assertThat(surroundings.pods(node)).isEmpty();
    second.close();
    assertThat(surroundings.backend().resultPosts())
        .as("every time that a result was sent")
        .extracting(ResultRequest::actionId)
        .containsExactly(id);
  }
}
