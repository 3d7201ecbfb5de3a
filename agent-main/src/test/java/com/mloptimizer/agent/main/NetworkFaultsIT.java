package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static com.mloptimizer.agent.main.Surroundings.log;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import com.mloptimizer.agent.sandbox.network.FaultProxy;
import com.mloptimizer.agent.sandbox.network.FaultProxy.Weather;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent and its backend with a bad network between them: late, but nothing is lost. */
@Timeout(240)
class NetworkFaultsIT {
  @TempDir private Path directory;

  /** A spell of bad weather. */
  @FunctionalInterface
  private interface Spell {
    void cast(FaultProxy http, FaultProxy webSocket);
  }

  private static Map<String, Spell> spells() {
    Map<String, Spell> spells = new LinkedHashMap<>();
    spells.put("latency", (http, ws) -> both(http, ws, new Weather.Latency(Duration.ofMillis(80))));
    spells.put("drip", (http, ws) -> both(http, ws, new Weather.Drip(Duration.ofMillis(1))));
    spells.put(
        "reset",
        (http, ws) -> {
          http.reset();
          ws.reset();
        });
    spells.put(
        "half-close",
        (http, ws) -> {
          http.halfClose();
          ws.halfClose();
        });
    spells.put(
        "cut in mid-frame",
        (http, ws) -> {
          http.cutAfter(30);
          ws.cutAfter(100);
        });
    spells.put("black hole", (http, ws) -> both(http, ws, new Weather.BlackHole()));
    return spells;
  }

  private static void both(FaultProxy http, FaultProxy webSocket, Weather weather) {
    http.weather(weather);
    webSocket.weather(weather);
  }

  @Test
  void run_networkFails_everyActionHasItsEffectAndOneResult() throws Exception {
    try (Surroundings surroundings =
        Surroundings.start(EmbeddedCluster.builder().nodes(6).build(), directory)) {
      try (FaultProxy http = FaultProxy.to(surroundings.backend().httpUrl().getPort());
          FaultProxy ws = FaultProxy.to(surroundings.backend().webSocketUrl().getPort())) {
        surroundings.environment().put("BACKEND_URL", "http://127.0.0.1:" + http.port());
        URI address = surroundings.backend().webSocketUrl();
        surroundings
            .environment()
            .put("BACKEND_WS_URL", "ws://127.0.0.1:" + ws.port() + address.getPath());
        AgentProcess agent = surroundings.run();
        surroundings.backend().awaitConnection(SOON);

        int node = 0;
        Map<String, ActionId> actions = new LinkedHashMap<>();
        for (Map.Entry<String, Spell> spell : spells().entrySet()) {
          String name = nodeName(surroundings, node++ % 6);
          spell.getValue().cast(http, ws);
          ActionId id =
              surroundings
                  .backend()
                  .push(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", name));
          actions.put(spell.getKey(), id);
          // Bad weather lasts until the agent has noticed, or has worked in spite of it.
          Optional<ResultRequest> early = awaitResult(surroundings, id, Duration.ofSeconds(4));
          both(http, ws, new Weather.Clear());
          if (spell.getKey().equals("black hole")) {
            assertThat(early).isEmpty();
            ws.reset();
          }
          assertThat(surroundings.backend().awaitResult(id, SOON).result().success())
              .as(() -> spell.getKey() + "\n" + log(agent))
              .isTrue();
          assertThat(isCordoned(surroundings, name)).as(spell.getKey()).isTrue();
          surroundings.backend().awaitConnection(SOON);
        }
        assertThat(surroundings.backend().results())
            .extracting(ResultRequest::actionId)
            .containsExactlyInAnyOrderElementsOf(actions.values());
        assertThat(ws.accepted()).as("connections").isGreaterThanOrEqualTo(4);
      }
    }
  }

  private static Optional<ResultRequest> awaitResult(
      Surroundings surroundings, ActionId id, Duration atMost) throws InterruptedException {
    boolean there =
        surroundings
            .cluster()
            .await(
                () ->
                    surroundings.backend().results().stream()
                        .anyMatch(result -> result.actionId().equals(id)),
                atMost);
    return there
        ? surroundings.backend().results().stream()
            .filter(result -> result.actionId().equals(id))
            .findFirst()
        : Optional.empty();
  }

  private static String nodeName(Surroundings surroundings, int index) {
    return surroundings
        .cluster()
        .list("v1", "Node", "")
        .get(index)
        .at("/metadata/name")
        .stringValue();
  }

  private static boolean isCordoned(Surroundings surroundings, String node) {
    return surroundings
        .cluster()
        .get("v1", "Node", "", node)
        .orElseThrow()
        .at("/spec/unschedulable")
        .asBoolean(false);
  }
}
