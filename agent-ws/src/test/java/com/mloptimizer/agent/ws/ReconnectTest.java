package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the agent comes back, and what is left of the connections before. */
@Timeout(60)
class ReconnectTest {
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");

  private ScriptedServer server;

  private static WebSocketSettings impatient(WebSocketSettings s) {
    return new WebSocketSettings(
        s.url(),
        Duration.ofMillis(500),
        s.pingInterval(),
        s.silenceLimit(),
        s.writeTimeout(),
        s.closeTimeout(),
        s.stableAfter(),
        Duration.ofMillis(300),
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
  void upgrade_refusedWith401Forever_readsCredentialsAgainAndWaitsEachTime() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), ReconnectTest::impatient)) {
      final long begin = System.nanoTime();
      for (int i = 0; i < 4; i++) {
        try (Peer peer = server.accept()) {
          assertThat(peer.readHead()).contains("Bearer key-" + i);
          peer.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        }
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(900));
      assertThat(agent.health.status().error()).contains("HTTP 401");
      assertThat(agent.logLines).filteredOn(line -> line.startsWith("WARN")).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Retry-After: 1",
        "retry-after:1",
        // A second after the agent's clock, which stands still.
        "Retry-After: Thu, 01 Jan 2026 00:00:01 GMT"
      })
  void upgrade_refusedWithRetryAfter_waitsForSoLong(String header) throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url());
        Peer peer = server.accept()) {
      peer.readHead();
      final long begin = System.nanoTime();
      peer.write("HTTP/1.1 503 Busy\r\n" + header + "\r\n");
      peer.write("Content-Length: 0\r\n\r\n");
      try (Peer second = server.accept()) {
        second.readHead();
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
            .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
        assertThat(agent.sample("agent_websocket_connects_total", "result", "failed")).isEqualTo(1);
      }
    }
  }

  @Test
  void upgrade_neverAnswered_isGivenUpInTimeAndSaidOnce() throws Exception {
    try (RunningAgent agent = new RunningAgent(server.url(), ReconnectTest::impatient)) {
      for (int i = 0; i < 3; i++) {
        try (Peer silent = server.accept()) {
          assertThat(silent.isEndedByAgent()).isTrue();
        }
      }
      server.acceptAfterHello();
      agent.awaitLogLine("INFO");
      assertThat(agent.logLines)
          .filteredOn(line -> !line.startsWith("DEBUG"))
          .containsExactly(
              "WARN WebSocket connection lost, connecting again: no handshake within 0 s",
              "INFO WebSocket connection established");
    }
  }

  @Test
  void reconnects_fiveHundred_leaveNoThreadNoSocketAndNoMemory() throws Exception {
    Assumptions.assumeTrue(Files.isDirectory(OPEN_FILES), "a system with /proc");
    try (RunningAgent agent = new RunningAgent(server.url())) {
      reconnect(100);
      long threads = threads();
      long openFiles = settled(ReconnectTest::openFiles);
      long heap = settled(ReconnectTest::usedHeap);
      reconnect(500);
      server.acceptAfterHello();
      assertThat(settled(ReconnectTest::threads)).isLessThanOrEqualTo(threads + 2);
      assertThat(settled(ReconnectTest::openFiles)).isLessThanOrEqualTo(openFiles + 4);
      assertThat(settled(ReconnectTest::usedHeap) - heap).isLessThan(1024 * 1024);
      assertThat(agent.health.status().healthy()).isTrue();
    }
  }

  private void reconnect(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      Peer peer = server.acceptAfterHello();
      if (i % 2 == 0) {
        peer.hangUp();
      } else {
        peer.reset();
      }
      server.forget(peer);
    }
  }

  /** The least of some readings: threads and sockets that have ended take a moment to go. */
  private static long settled(LongSupplier reading) {
    return Stream.generate(reading::getAsLong).limit(10).min(Long::compare).orElseThrow();
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().toLowerCase(Locale.ROOT).startsWith("websocket"))
        .count();
  }

  private static long openFiles() {
    try (Stream<Path> files = Files.list(OPEN_FILES)) {
      return files.count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
