package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.ws.ScriptedServer.Frame;
import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebSocketComponentTest {
  private ScriptedServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = new ScriptedServer();
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  @Test
  void run_connects_withIdentityKeyAndUserAgentAndWithoutExtensions() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.accept()) {
      String head = peer.upgrade();
      assertThat(head)
          .startsWith("GET /ws?cluster_id=prod%201%26x%3Dy&agent_id=agent-%C3%BC HTTP/1.1\r\n")
          .contains("Authorization: Bearer key-0\r\n")
          .contains("User-Agent: kubernetes-agent/1.2.3\r\n")
          .doesNotContain("Sec-WebSocket-Extensions");
      assertThat(peer.read().text())
          .isEqualTo(
              """
              {"type":"hello","version":"1.2.3","protocol":1,"capabilities":["websocket"],\
              "cluster_id":"prod 1&x=y","agent_id":"agent-ü","boot_id":"boot-1",\
              "timestamp":"2026-01-01T00:00:00Z"}\
              """);
      assertThat(agent.logLines).containsExactly("INFO WebSocket connection established");
      assertThat(agent.sample("agent_websocket_connected")).isEqualTo(1);
    }
  }

  @Test
  void ping_withNonce_isAnsweredWithTheNonce() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.text("{\"type\":\"ping\",\"nonce\":\"n-1\"}");
      assertThat(peer.read().text()).startsWith("{\"type\":\"pong\",\"nonce\":\"n-1\",");
      peer.text("{\"type\":\"ping\"}");
      assertThat(peer.read().text()).startsWith("{\"type\":\"pong\",\"cluster_id\"");
      assertThat(agent.logLines).contains("DEBUG Received ping");
    }
  }

  @Test
  void actionCommand_arrives_reachesTheInboxByteForByte() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.text("{\"type\":\"action_command\",\"envelope\": {\"payload\" :\"x\"} }");
      assertThat(RunningAgent.next(agent.actions).json())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("{\"payload\" :\"x\"}");
    }
  }

  @Test
  void welcome_withConfigAndInterval_reachesBothReceivers() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.text("{\"type\":\"welcome\",\"config\":{\"a\":1},\"heartbeat_interval_seconds\":7}");
      peer.text("{\"type\":\"config_update\",\"envelope\":{\"a\":2}}");
      assertThat(RunningAgent.next(agent.heartbeatIntervals)).isEqualTo(Duration.ofSeconds(7));
      assertThat(RunningAgent.next(agent.configurations).json()).asString().isEqualTo("{\"a\":1}");
      assertThat(RunningAgent.next(agent.configurations).json()).asString().isEqualTo("{\"a\":2}");
    }
  }

  @Test
  void unknownMalformedOrBinaryFrame_isAnsweredWithErrorAndTheConnectionStays() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.text("{\"type\":\"dance\"}");
      assertThat(peer.read().text()).startsWith("{\"type\":\"error\",\"reason\":\"unknown_type\",");
      peer.text("[]");
      assertThat(peer.read().text()).contains("\"reason\":\"malformed\"");
      peer.text("{");
      assertThat(peer.read().text()).contains("\"reason\":\"malformed\"");
      peer.frame(true, 2, new byte[] {1, 2, 3});
      assertThat(peer.read().text()).contains("\"reason\":\"malformed\"");
      peer.text("{\"type\":\"ping\",\"nonce\":\"still here\"}");
      assertThat(peer.read().text()).contains("still here");
      assertThat(agent.sample("agent_websocket_frames_received_total", "type", "unknown"))
          .isEqualTo(4);
    }
  }

  @Test
  void send_whileDisconnected_isFlushedInOrderAfterTheNextHello() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url())) {
      server.acceptAfterHello().hangUp();
      agent.awaitLogLine("WARN WebSocket connection lost");
      for (int i = 0; i < 5; i++) {
        agent.component.send(new AgentFrame.ConfigStatus(i, "applied", null));
      }
      try (Peer second = server.acceptAfterHello()) {
        for (int i = 0; i < 5; i++) {
          assertThat(second.read().text())
              .startsWith("{\"type\":\"config_status\",\"version\":" + i + ",");
        }
      }
      assertThat(agent.logLines)
          .filteredOn(line -> !line.startsWith("DEBUG"))
          .startsWith("INFO WebSocket connection established")
          .contains("INFO WebSocket connection established")
          .anyMatch(line -> line.startsWith("WARN WebSocket connection lost"));
    }
  }

  @Test
  void send_manyProgressesOfOneAction_onlyTheLatestLeavesWithinASecond() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      ProtocolCodec codec = new ProtocolCodec();
      for (int i = 1; i <= 100; i++) {
        agent.component.send(
            codec.decodeAgentFrame(
                """
                {"type": "action_progress", "action_id": "act-1", "phase": "running",
                 "message": "step %d", "details": {}}\
                """
                    .formatted(i)));
      }
      String text = peer.read().text();
      int read = 1;
      while (!text.contains("step 100")) {
        text = peer.read().text();
        read++;
      }
      assertThat(read).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void goaway_closesWith1000AndStaysAwayForSoLong() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      long begin = System.nanoTime();
      peer.text("{\"type\":\"goaway\",\"retry_after_seconds\":1}");
      assertThat(peer.read().closeCode()).isEqualTo(1000);
      peer.hangUp();
      server.acceptAfterHello();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(1));
      assertThat(agent.logLines)
          .contains(
              "WARN WebSocket connection lost, connecting again: the backend asked to come back in"
                  + " 1 s");
    }
  }

  @Test
  void backendCloses_agentConnectsAgain() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url())) {
      for (int i = 0; i < 5; i++) {
        try (Peer peer = server.acceptAfterHello()) {
          peer.frame(true, Frame.CLOSE, new byte[] {(byte) (1001 >> 8), (byte) 1001});
          assertThat(peer.read().closeCode()).isEqualTo(1001);
        }
      }
      assertThat(agent.sample("agent_websocket_connects_total", "result", "established"))
          .isEqualTo(5);
    }
  }

  @Test
  void stop_saysDisconnectAndCloses1000() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      agent.component.send(new AgentFrame.ConfigStatus(3, "applied", null));
      agent.component.stop();
      assertThat(peer.read().text()).contains("config_status");
      assertThat(peer.read().text()).startsWith("{\"type\":\"disconnect\",\"reason\":\"stopping\"");
      assertThat(peer.read().closeCode()).isEqualTo(1000);
      peer.hangUp();
      assertThat(agent.endsWithin(Duration.ofSeconds(5))).isTrue();
    }
  }

  @Test
  void stop_whenTheBackendNeverAnswersTheClose_endsInBoundedTime() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      agent.component.stop();
      assertThat(agent.endsWithin(Duration.ofSeconds(5))).isTrue();
      assertThat(peer.isEndedByAgent()).isTrue();
    }
  }

  @Test
  void stop_whileConnecting_endsAtOnce() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer silent = server.accept()) {
      agent.component.stop();
      assertThat(agent.endsWithin(Duration.ofSeconds(2))).isTrue();
      assertThat(silent.isEndedByAgent()).isTrue();
    }
  }
}
