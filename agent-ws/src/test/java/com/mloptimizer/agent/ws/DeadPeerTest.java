package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.ws.ScriptedServer.Frame;
import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that are there and yet are not. */
@Timeout(60)
class DeadPeerTest {
  private ScriptedServer server;

  private static WebSocketSettings scaledDown(WebSocketSettings s) {
    return new WebSocketSettings(
        s.url(),
        Duration.ofSeconds(5),
        s.pingInterval().dividedBy(30),
        s.silenceLimit().dividedBy(30),
        s.writeTimeout().dividedBy(20),
        s.closeTimeout().dividedBy(4),
        s.stableAfter(),
        s.unauthorizedDelay(),
        s.maxMessageBytes(),
        s.maxFragments(),
        s.inboundCapacity());
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
  void standard_limits_areThoseOfTheProtocol() {
    WebSocketSettings standard = WebSocketSettings.standard(URI.create("wss://backend.io"));
    assertThat(standard.silenceLimit()).isEqualTo(Duration.ofSeconds(45));
    assertThat(standard.handshakeTimeout()).isEqualTo(Duration.ofSeconds(10));
    // A pong can be lost twice before a peer that answers counts as dead.
    assertThat(standard.pingInterval().multipliedBy(3))
        .isLessThanOrEqualTo(standard.silenceLimit());
    assertThat(standard.writeTimeout()).isLessThan(standard.silenceLimit());
  }

  @Test
  void backend_silent_isPingedAndGivenUpAtTheLimitExactly() throws Exception {
    // 45 s and 15 s divided by 30: a silence of 1.5 s, pings every half second.
    try (RunningAgent agent = new RunningAgent(server.url(), DeadPeerTest::scaledDown);
        Peer peer = server.acceptAfterHello()) {
      peer.frame(true, Frame.PONG, new byte[0]);
      final long heard = System.nanoTime();
      assertThat(peer.readAny().opcode()).isEqualTo(Frame.PING);
      assertThat(peer.isEndedByAgent()).isTrue();
      Duration silence = Duration.ofNanos(System.nanoTime() - heard);
      // The rounds of the session are a second long; the last one is shorter.
      assertThat(silence).isBetween(Duration.ofMillis(1400), Duration.ofMillis(2200));
      server.acceptAfterHello();
      assertThat(agent.logLines).anyMatch(line -> line.contains("again: silent for 1 s"));
    }
  }

  @Test
  void backend_answersPingsOnly_staysConnected() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), DeadPeerTest::scaledDown);
        Peer peer = server.acceptAfterHello()) {
      for (int pings = 0; pings < 6; ) {
        if (peer.readAny().opcode() == Frame.PING) {
          peer.frame(true, Frame.PONG, new byte[0]);
          pings++;
        }
      }
      assertThat(agent.sample("agent_websocket_connects_total", "result", "established"))
          .isEqualTo(1);
    }
  }

  @Test
  void backend_stopsReading_isGivenUpAndLosesNoQueuedFrames() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), DeadPeerTest::scaledDown);
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
}
