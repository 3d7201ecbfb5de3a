package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.main.Surroundings.Ending;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.cluster.MetricsApiState;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code agent check} before a cluster and a backend that have everything, or not. */
@Timeout(120)
class AgentCheckIT {
  @TempDir private Path directory;

  private Surroundings surroundings;

  private void start(EmbeddedCluster.Builder cluster) throws Exception {
    surroundings = Surroundings.start(cluster.nodes(1).demoWorkloads(false).build(), directory);
  }

  @AfterEach
  void stop() {
    surroundings.close();
  }

  @Test
  void check_everythingThere_exitsWithZeroAndChangesNothing() throws Exception {
    start(EmbeddedCluster.builder());

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isZero();
    assertThat(ending.output())
        .containsPattern("configuration +ok")
        .containsPattern("kubernetes +ok +v1")
        .containsPattern("metrics API +ok")
        .containsPattern("journal +ok")
        .containsPattern("backend +ok")
        .containsPattern("websocket +ok")
        .containsPattern("guardrails +ok +max_evictions_per_minute: 30")
        .containsPattern("guardrails +ok +kill switch: none, since POD_NAME is not set")
        .doesNotContain("missing");
    assertThat(surroundings.backend().registrations()).isEmpty();
    assertThat(surroundings.cluster().requests())
        .filteredOn(request -> !request.method().equals("GET"))
        .extracting(ApiRequest::path)
        .allMatch(path -> path.endsWith("/selfsubjectaccessreviews"));
  }

  @Test
  void check_anything_printsNoSecret() throws Exception {
    start(EmbeddedCluster.builder());

    Ending ending = surroundings.agent("check");

    assertThat(ending.output())
        .doesNotContain(surroundings.cluster().token(), "an-api-key", "0123456789abcdef");
  }

  /** A backend that knows each call looks at the key only once it has found the call. */
  @Test
  void check_wrongKey_saysSoAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder());
    surroundings.environment().put("API_KEY", "another-key");

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output()).containsPattern("backend +missing +does not accept the API key");
  }

  @Test
  void check_notABackend_saysSoAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder());
    surroundings.environment().put("BACKEND_URL", surroundings.backend().httpUrl() + "/elsewhere");

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output()).containsPattern("backend +missing .*answers 404.*BACKEND_URL");
  }

  @Test
  void check_permissionDenied_namesItAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder());
    surroundings.cluster().deny("create", "", "pods/eviction");

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output())
        .containsPattern("action:evict_pod +missing +grant the permission to create pods/eviction");
  }

  @Test
  void check_leaseForbidden_isMissingUnlessTheElectionIsSwitchedOff() throws Exception {
    start(EmbeddedCluster.builder());
    surroundings.cluster().deny("update", "coordination.k8s.io", "leases");

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output())
        .containsPattern(
            "leader election +ok +may get leases.coordination.k8s.io/kubernetes-agent in default")
        .containsPattern("leader election +missing +grant the permission to update leases");
    Ending alone = surroundings.agent("check", "--leader-election=false");
    assertThat(alone.code()).as(alone.output()).isZero();
    assertThat(alone.output()).doesNotContain("leases");
  }

  @Test
  void check_guardrails_areShownAndWhatTheyMustReadIsAsked() throws Exception {
    start(EmbeddedCluster.builder());
    surroundings.cluster().deny("get", "apps", "deployments");
    surroundings.cluster().deny("create", "", "pods/eviction");
    surroundings.environment().put("POD_NAME", "agent-0");
    surroundings.environment().put("ALLOWED_ACTIONS", "cordon_node");
    surroundings.environment().put("MAX_UNAVAILABLE_NODES", "10%");

    Ending ending = surroundings.agent("check");

    assertThat(ending.output())
        .containsPattern("guardrails +ok +allowed_actions: cordon_node")
        .containsPattern("guardrails +ok +max_unavailable_nodes: 10%")
        .containsPattern("guardrails +missing +grant the permission to get deployments.apps in ")
        .containsPattern("guardrails +ok +may list nodes")
        .contains("action:cordon_node")
        .doesNotContain("action:evict_pod");
    assertThat(ending.code()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void check_noJournal_saysWhatToInstallAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder().agentActions(false));

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output())
        .containsPattern("journal +missing +.*AgentAction.* kubectl apply -f .*crds");
  }

  @Test
  void check_noMetricsServer_saysWhatToInstallAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder().metrics(MetricsApiState.ABSENT));

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output()).containsPattern("metrics API +missing +install metrics-server");
  }

  @Test
  void check_backendDoesNotKnowTheKey_saysSoAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder());
    HttpServer stern =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    stern.createContext("/", AgentCheckIT::refuse);
    stern.start();
    try {
      surroundings
          .environment()
          .put("BACKEND_URL", "http://127.0.0.1:" + stern.getAddress().getPort());

      Ending ending = surroundings.agent("check");

      assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
      assertThat(ending.output())
          .containsPattern("backend +missing +does not accept the API key \\(401\\)")
          .doesNotContain("an-api-key");
    } finally {
      stern.stop(0);
    }
  }

  private static void refuse(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(401, -1);
    exchange.close();
  }

  @Test
  void check_nobodyAtHome_saysWhoAndExitsWithOne() throws Exception {
    start(EmbeddedCluster.builder());
    surroundings.cluster().close();
    surroundings.backend().close();

    Ending ending = surroundings.agent("check");

    assertThat(ending.code()).as(ending.output()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.output())
        .containsPattern("kubernetes +missing +cannot reach")
        .containsPattern("backend +missing +cannot reach")
        .containsPattern("websocket +missing +cannot reach")
        .doesNotContain("\tat ");
  }
}
