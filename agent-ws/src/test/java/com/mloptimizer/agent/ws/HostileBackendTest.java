package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.ws.ScriptedServer.Frame;
import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that break the rules, and what that costs the agent: one connection, never more. */
@Timeout(60)
class HostileBackendTest {
  private static final int CONTINUATION = 0;
  private ScriptedServer server;

  private static WebSocketSettings impatient(WebSocketSettings s) {
    return new WebSocketSettings(
        s.url(),
        Duration.ofMillis(500),
        Duration.ofMillis(200),
        Duration.ofMillis(700),
        Duration.ofMillis(500),
        Duration.ofMillis(500),
        s.stableAfter(),
        Duration.ofMillis(300),
        s.maxMessageBytes(),
        s.maxFragments(),
        4);
  }

  @BeforeEach
  void startServer() throws IOException {
    server = new ScriptedServer();
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  @Test
  void upgrade_refusedWith401_readsCredentialsAgainAndWaitsLonger() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), HostileBackendTest::impatient);
        Peer peer = server.accept()) {
      assertThat(peer.readHead()).contains("Bearer key-0");
      final long begin = System.nanoTime();
      peer.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      try (Peer second = server.accept()) {
        assertThat(second.readHead()).contains("Bearer key-1");
        assertThat(agent.health.status().error()).contains("HTTP 401");
        assertThat(agent.logLines).filteredOn(line -> line.startsWith("WARN")).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
            .isGreaterThan(Duration.ofMillis(300));
      }
    }
  }

  @Test
  void upgrade_refusedWithRetryAfter_waitsForSoLong() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.accept()) {
      peer.readHead();
      final long begin = System.nanoTime();
      peer.write("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n");
      peer.write("Content-Length: 0\r\n\r\n");
      try (Peer second = server.accept()) {
        second.readHead();
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
            .isGreaterThan(Duration.ofSeconds(1));
        assertThat(agent.sample("agent_websocket_connects_total", "result", "failed")).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        "Sec-WebSocket-Protocol: chat\r\n"
      })
  void upgrade_answeredWithWhatWasNotOffered_isNotTaken(String header) throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.accept()) {
      peer.upgrade(header);
      assertThat(peer.isEndedByAgent()).isTrue();
      assertThat(agent.sample("agent_websocket_connected")).isZero();
    }
  }

  @Test
  void upgrade_answeredWithHeadersWithoutEnd_isGivenUp() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.accept()) {
      peer.readHead();
      peer.write("HTTP/1.1 101 Switching\r\n" + "X: y\r\n".repeat(4000));
      assertThat(peer.isEndedByAgent()).isTrue();
      assertThat(agent.sample("agent_websocket_connected")).isZero();
    }
  }

  @Test
  void upgrade_neverAnswered_isGivenUpInTime() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), HostileBackendTest::impatient);
        Peer peer = server.accept()) {
      assertThat(peer.isEndedByAgent()).isTrue();
      server.acceptAfterHello();
      assertThat(agent.logLines)
          .filteredOn(line -> !line.startsWith("DEBUG"))
          .containsExactly(
              "WARN WebSocket connection lost, connecting again: no handshake within 0 s",
              "INFO WebSocket connection established");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {256 * 1024 + 1, 600_000_000L, Integer.MAX_VALUE, Long.MAX_VALUE})
  void frame_declaresTooMuch_closes1009WithoutWaitingForIt(long declared) throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.declare(true, Frame.TEXT, declared);
      assertThat(peer.read().closeCode()).isEqualTo(1009);
      assertThat(agent.actions).isEmpty();
    }
  }

  @Test
  void message_ofLargestSize_isTakenAndOneByteMoreCloses1009() throws Exception {
    String ping = "{\"type\":\"ping\",\"nonce\":\"n\"}";
    int limit = 256 * 1024;
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.text(ping + " ".repeat(limit - ping.length()));
      assertThat(peer.read().text()).contains("pong");
      byte[] half = " ".repeat(limit / 2).getBytes(StandardCharsets.US_ASCII);
      peer.frame(false, Frame.TEXT, half);
      peer.frame(false, CONTINUATION, half);
      peer.frame(false, CONTINUATION, new byte[] {' '});
      assertThat(peer.read().closeCode()).isEqualTo(1009);
      assertThat(agent.actions).isEmpty();
    }
  }

  @Test
  void message_of64Fragments_isTakenAnd65Closes1009() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      fragments(peer, 64);
      assertThat(peer.read().text()).contains("\"nonce\":\"n\"");
      fragments(peer, 65);
      assertThat(peer.read().closeCode()).isEqualTo(1009);
      assertThat(agent.actions).isEmpty();
    }
  }

  private static void fragments(Peer peer, int count) throws IOException {
    byte[] text = "{\"type\":\"ping\",\"nonce\":\"n\"}".getBytes(StandardCharsets.US_ASCII);
    peer.frame(false, Frame.TEXT, text);
    for (int i = 2; i < count; i++) {
      peer.frame(false, CONTINUATION, new byte[] {' '});
    }
    peer.frame(true, CONTINUATION, new byte[0]);
  }

  @Test
  void text_thatIsNotUtf8_closes1007() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.frame(true, Frame.TEXT, new byte[] {'"', (byte) 0xc3, '"'});
      assertThat(peer.read().closeCode()).isEqualTo(1007);
      assertThat(agent.actions).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x83, 0xc1, 0x8b, 0x09})
  void frame_withAReservedBitOrOpcode_closes1002(int first) throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.write(new byte[] {(byte) first, 0});
      assertThat(peer.read().closeCode()).isEqualTo(1002);
      assertThat(agent.actions).isEmpty();
    }
  }

  @Test
  void frame_masked_closes1002() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.acceptAfterHello()) {
      peer.write(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, '{', '}'});
      assertThat(peer.read().closeCode()).isEqualTo(1002);
      assertThat(agent.actions).isEmpty();
    }
  }

  @Test
  void backend_silent_isPingedAndThenGivenUp() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), HostileBackendTest::impatient);
        Peer peer = server.acceptAfterHello()) {
      assertThat(peer.readAny().opcode()).isEqualTo(Frame.PING);
      assertThat(peer.isEndedByAgent()).isTrue();
      server.acceptAfterHello();
      assertThat(agent.logLines).anyMatch(line -> line.contains("again: silent for"));
    }
  }

  @Test
  void backend_answersPingsOnly_staysConnected() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), HostileBackendTest::impatient);
        Peer peer = server.acceptAfterHello()) {
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < Duration.ofMillis(1500).toNanos()) {
        if (peer.readAny().opcode() == Frame.PING) {
          peer.frame(true, Frame.PONG, new byte[0]);
        }
      }
      assertThat(agent.sample("agent_websocket_connects_total", "result", "established"))
          .isEqualTo(1);
    }
  }

  @Test
  void backend_stopsReading_isGivenUpAndLosesNoQueuedFrames() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), HostileBackendTest::impatient);
        Peer peer = server.acceptAfterHello()) {
      String long32k = "x".repeat(32 * 1024);
      Thread chatter = Thread.ofVirtual().start(() -> pongForever(peer));
      for (int i = 0; i < 900; i++) {
        agent.component.send(new AgentFrame.ConfigStatus(i, "failed", long32k));
      }
      try (Peer second = server.acceptAfterHello()) {
        assertThat(agent.logLines).anyMatch(line -> line.contains("stopped reading"));
        // What the library held when the connection was given up is lost, but not what waited.
        String text = second.read().text();
        long version = versionOf(text);
        for (long next = version + 1; next < 900; next++) {
          assertThat(versionOf(second.read().text())).isEqualTo(next);
        }
      }
      peer.hangUp();
      assertThat(chatter.join(ScriptedServer.DEADLINE)).isTrue();
    }
  }

  private static long versionOf(String configStatus) {
    String rest = configStatus.substring(configStatus.indexOf("\"version\":") + 10);
    return Long.parseLong(rest.substring(0, rest.indexOf(',')));
  }

  private static void pongForever(Peer peer) {
    try {
      while (true) {
        peer.frame(true, Frame.PONG, new byte[0]);
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      // The agent gave up.
    }
  }

  @Test
  void reconnects_many_leakNoThread() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url())) {
      for (int i = 0; i < 500; i++) {
        server.acceptAfterHello().hangUp();
      }
      server.acceptAfterHello();
      long threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(t -> t.getName().toLowerCase(Locale.ROOT).startsWith("websocket"))
              .count();
      assertThat(threads).isLessThan(10);
      assertThat(agent.health.status().healthy()).isTrue();
    }
  }
}
