package com.mloptimizer.agent.ws;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.ws.HostileBackendTest.Outcome.Answers;
import com.mloptimizer.agent.ws.HostileBackendTest.Outcome.Closes;
import com.mloptimizer.agent.ws.HostileBackendTest.Outcome.Ends;
import com.mloptimizer.agent.ws.HostileBackendTest.Outcome.Stays;
import com.mloptimizer.agent.ws.ScriptedServer.Frame;
import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Backends that break the rules of HTTP, WebSocket or the protocol, one a line, and what each costs
 * the agent: its one connection at most. After every one of them a well-behaved backend gets a
 * connection, and what it says is answered; no command has reached the inbox, and nothing that a
 * backend wrote gets into the log unless it is one line of printable ASCII.
 */
@Timeout(60)
class HostileBackendTest {
  private static final int CONTINUATION = 0;
  private static final int LIMIT = 256 * 1024;
  private static final String PING = "{\"type\":\"ping\",\"nonce\":\"n\"}";

  private static final String NOT_101 = "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n";
  private static final String UPGRADED =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

  /** What the agent does. */
  sealed interface Outcome {

    /** Closes with that code. */
    record Closes(int code) implements Outcome {}

    /** Ends the connection, for a reason that contains this. */
    record Ends(String reason) implements Outcome {}

    /** Sends a text that contains this, and stays connected. */
    record Answers(String text) implements Outcome {}

    /** Stays connected. */
    record Stays() implements Outcome {}
  }

  /** What a backend does. */
  @FunctionalInterface
  interface Deed {
    void by(Peer peer) throws IOException;
  }

  /**
   * A case.
   *
   * @param upgraded whether the deed follows the upgrade and hello, or takes their place
   */
  record Case(String name, boolean upgraded, Deed deed, Outcome outcome) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case upgrade(String name, Deed deed, Outcome outcome) {
    return new Case("upgrade: " + name, false, deed, outcome);
  }

  private static Case upgrade(String name, String answer, Outcome outcome) {
    return upgrade(
        name,
        peer -> {
          peer.readHead();
          peer.write(answer);
        },
        outcome);
  }

  private static Case frames(String name, Deed deed, Outcome outcome) {
    return new Case("frames: " + name, true, deed, outcome);
  }

  private static Case frames(String name, Outcome outcome, int... bytes) {
    return frames(name, peer -> peer.write(bytes(bytes)), outcome);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static List<Case> upgrades() {
    return List.of(
        upgrade("401", NOT_101.formatted("401 No"), new Ends("HTTP 401")),
        upgrade("403", NOT_101.formatted("403 No"), new Ends("HTTP 403")),
        upgrade("500", NOT_101.formatted("500 Oh"), new Ends("HTTP 500")),
        upgrade("200 instead of 101", NOT_101.formatted("200 OK"), new Ends("HTTP 200")),
        upgrade(
            "redirect, which is not followed",
            "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
            new Ends("HTTP 301")),
        upgrade("status that does not exist", NOT_101.formatted("999 X"), new Ends("999")),
        upgrade(
            "status line with escapes for a terminal",
            NOT_101.formatted("777 \u001b[31m\u0007red"),
            new Ends("777 ?[31m?red")),
        upgrade("101 of HTTP/1.0", UPGRADED.replace("1.1", "1.0") + "\r\n", new Ends("")),
        upgrade("101 without an accept key", UPGRADED + "\r\n", new Ends("refuses handshake")),
        upgrade(
            "101 with the key of another request",
            UPGRADED + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            new Ends("refuses handshake")),
        upgrade(
            "compression claimed that was not offered",
            peer -> peer.upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
            new Ends("refuses handshake")),
        upgrade(
            "subprotocol claimed that was not offered",
            peer -> peer.upgrade("Sec-WebSocket-Protocol: chat\r\n"),
            new Ends("refuses handshake")),
        upgrade("headers without end", UPGRADED + "X: y\r\n".repeat(4000), new Ends("has no end")),
        upgrade("one header without end", UPGRADED + "X: " + "y".repeat(30_000), new Ends("")),
        upgrade("a byte now and then", HostileBackendTest::dripHead, new Ends("no handshake")),
        upgrade("silence", Peer::readHead, new Ends("no handshake")),
        upgrade("another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n", new Ends("")),
        upgrade("binary noise", "\u0015\u0003\u0001\u0000\u0002\u0002P", new Ends("")),
        upgrade("TLS alert", "\u0015\u0003\u0001\u0000\u0002\u0002P\r\n\r\n", new Ends("")),
        upgrade("hang-up", Peer::hangUp, new Ends("")),
        upgrade("reset", Peer::reset, new Ends("")),
        upgrade("half-close", Peer::halfClose, new Ends("")),
        upgrade("half of the head, then reset", HostileBackendTest::resetInHead, new Ends("")),
        upgrade(
            "first frame in the packet of the 101",
            peer -> {
              String head = peer.readHead();
              String frame = new String(frame(true, Frame.TEXT, PING.getBytes(UTF_8)), ISO_8859_1);
              peer.write(Peer.acceptance(head, "") + frame);
              peer.read(); // The hello.
            },
            new Answers("\"nonce\":\"n\"")));
  }

  static List<Case> sizes() {
    return List.of(
        frames("declares 256 KiB and a byte", declared(LIMIT + 1), new Closes(1009)),
        frames("declares 600 MB", declared(600_000_000), new Closes(1009)),
        frames("declares 2^31 - 1", declared(Integer.MAX_VALUE), new Closes(1009)),
        frames("declares 2^63 - 1", declared(Long.MAX_VALUE), new Closes(1009)),
        frames("declares a negative length", declared(-1), new Closes(1009)),
        frames("message of 256 KiB", peer -> padded(peer, LIMIT), new Answers("pong")),
        frames(
            "256 KiB and a byte in three fragments",
            peer -> {
              byte[] half = " ".repeat(LIMIT / 2).getBytes(UTF_8);
              peer.frame(false, Frame.TEXT, half);
              peer.frame(false, CONTINUATION, half);
              peer.frame(false, CONTINUATION, new byte[] {' '});
            },
            new Closes(1009)),
        frames("64 fragments", peer -> fragments(peer, 64), new Answers("\"nonce\":\"n\"")),
        frames("65 fragments", peer -> fragments(peer, 65), new Closes(1009)),
        frames(
            "65 fragments of a binary message",
            peer -> {
              peer.frame(false, 2, new byte[1]);
              for (int i = 0; i < 64; i++) {
                peer.frame(false, CONTINUATION, new byte[0]);
              }
            },
            new Closes(1009)),
        frames("ping of 126 bytes", declared(Frame.PING, 126), new Closes(1002)),
        frames("ping that declares 600 MB", declared(Frame.PING, 600_000_000), new Closes(1002)),
        frames("close of 126 bytes", declared(Frame.CLOSE, 126), new Closes(1002)));
  }

  static List<Case> syntax() {
    return List.of(
        frames("masked text", new Closes(1002), 0x81, 0x82, 0, 0, 0, 0, '{', '}'),
        frames("masked ping", new Closes(1002), 0x89, 0x80, 0, 0, 0, 0),
        frames("RSV1, as of a compressed frame", new Closes(1002), 0xc1, 2, 0x03, 0x00),
        frames("RSV2", new Closes(1002), 0xa1, 0),
        frames("RSV3", new Closes(1002), 0x91, 0),
        frames("opcode 3", new Closes(1002), 0x83, 0),
        frames("opcode 7", new Closes(1002), 0x87, 0),
        frames("opcode 11", new Closes(1002), 0x8b, 0),
        frames("opcode 15", new Closes(1002), 0x8f, 0),
        frames("ping in fragments", new Closes(1002), 0x09, 0),
        frames("close in fragments", new Closes(1002), 0x08, 0),
        frames("continuation of nothing", new Closes(1002), 0x80, 1, 'x'),
        frames("unfinished continuation of nothing", new Closes(1002), 0x00, 1, 'x'),
        frames("text within a text", new Closes(1002), 0x01, 1, '{', 0x81, 1, '}'),
        frames("text begun within a text", new Closes(1002), 0x01, 1, '{', 0x01, 1, '}'),
        frames("close of one byte", new Closes(1002), 0x88, 1, 3),
        frames("close with 999", new Closes(1002), 0x88, 2, 0x03, 0xe7),
        frames("close with 1005", new Closes(1002), 0x88, 2, 0x03, 0xed),
        frames("close with 1006", new Closes(1002), 0x88, 2, 0x03, 0xee),
        frames("close with 65535", new Closes(1002), 0x88, 2, 0xff, 0xff),
        frames("close whose reason is not UTF-8", new Closes(1002), 0x88, 3, 0x03, 0xe8, 0xc3),
        frames("close", new Closes(1000), 0x88, 0),
        frames("close with 1001", new Closes(1001), 0x88, 2, 0x03, 0xe9),
        frames("close with 1009", new Closes(1009), 0x88, 2, 0x03, 0xf1),
        frames("close with 1012", new Closes(1012), 0x88, 2, 0x03, 0xf4),
        frames("close with 4000", new Closes(4000), 0x88, 2, 0x0f, 0xa0),
        frames("pong that nobody asked for", new Stays(), 0x8a, 0),
        frames(
            "ping between two fragments",
            peer -> {
              peer.frame(false, Frame.TEXT, PING.substring(0, 5).getBytes(UTF_8));
              peer.frame(true, Frame.PING, new byte[] {'p'});
              peer.frame(true, CONTINUATION, PING.substring(5).getBytes(UTF_8));
              assertThat(peer.read().opcode()).isEqualTo(Frame.PONG);
            },
            new Answers("\"nonce\":\"n\"")));
  }

  static List<Case> texts() {
    return List.of(
        frames("half of a code point", text(0xc3), new Closes(1007)),
        frames("byte that UTF-8 does not have", text(0xff), new Closes(1007)),
        frames("overlong slash", text(0xc0, 0xaf), new Closes(1007)),
        frames("surrogate", text(0xed, 0xa0, 0x80), new Closes(1007)),
        frames("past U+10FFFF", text(0xf4, 0x90, 0x80, 0x80), new Closes(1007)),
        frames(
            "code point split between fragments",
            peer -> {
              byte[] frame = "{\"type\":\"ping\",\"nonce\":\"né\"}".getBytes(UTF_8);
              int within = frame.length - 3;
              peer.frame(false, Frame.TEXT, Arrays.copyOf(frame, within));
              peer.frame(true, CONTINUATION, Arrays.copyOfRange(frame, within, frame.length));
            },
            new Answers("né")),
        frames(
            "code point that the last fragment leaves half",
            peer -> {
              peer.frame(false, Frame.TEXT, "{\"type\":\"".getBytes(UTF_8));
              peer.frame(true, CONTINUATION, bytes(0xe6, 0x97));
            },
            new Closes(1007)),
        frames("binary message", peer -> peer.frame(true, 2, new byte[3]), malformed()),
        frames("empty message", peer -> peer.text(""), malformed()),
        frames("no JSON", peer -> peer.text("hello \u001b[31m"), malformed()),
        frames("array", peer -> peer.text("[" + PING + "]"), malformed()),
        frames("two objects", peer -> peer.text(PING + PING), malformed()),
        frames(
            "type twice",
            peer -> peer.text("{\"type\":\"goaway\",\"type\":\"ping\"}"),
            malformed()),
        frames("nested 100,000 deep", peer -> peer.text("[".repeat(100_000)), malformed()),
        frames(
            "unknown type",
            peer -> peer.text("{\"type\":\"dance\"}"),
            new Answers("\"reason\":\"unknown_type\"")),
        frames(
            "command without an envelope",
            peer -> peer.text("{\"type\":\"action_command\"}"),
            malformed()));
  }

  static List<Case> networks() {
    return List.of(
        frames("silence", peer -> {}, new Ends("silent for")),
        frames("pings of its own, read by nobody", HostileBackendTest::floodOfPings, new Ends("")),
        frames("a byte at a time", HostileBackendTest::dripFrame, new Answers("\"nonce\":\"n\"")),
        frames("reset", Peer::reset, new Ends("")),
        frames("half-close", Peer::halfClose, new Ends("")),
        frames("hang-up in mid-frame", cut(Peer::hangUp), new Ends("")),
        frames("reset in mid-frame", cut(Peer::reset), new Ends("")),
        frames("half-close in mid-frame", cut(Peer::halfClose), new Ends("")),
        frames("silence in mid-frame", cut(peer -> {}), new Ends("silent for")),
        frames(
            "goaway, then it never echoes the close",
            peer -> peer.text("{\"type\":\"goaway\"}"),
            new Closes(1000)),
        frames(
            "more commands than the queue takes",
            peer -> {
              ByteArrayOutputStream flood = new ByteArrayOutputStream();
              for (int i = 0; i < 2000; i++) {
                flood.writeBytes(frame(true, Frame.TEXT, "{\"type\":\"dance\"}".getBytes(UTF_8)));
              }
              peer.write(flood.toByteArray());
            },
            new Answers("\"reason\":\"overloaded\"")));
  }

  private static Outcome malformed() {
    return new Answers("\"reason\":\"malformed\"");
  }

  private static Deed declared(long length) {
    return declared(Frame.TEXT, length);
  }

  private static Deed declared(int opcode, long length) {
    return peer ->
        peer.write(
            length >= 0
                ? Peer.header(true, opcode, length)
                : bytes(0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
  }

  private static Deed text(int... invalid) {
    return peer -> {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      text.writeBytes("{\"type\":\"".getBytes(UTF_8));
      text.writeBytes(bytes(invalid));
      text.writeBytes("\"}".getBytes(UTF_8));
      peer.frame(true, Frame.TEXT, text.toByteArray());
    };
  }

  private static void padded(Peer peer, int length) throws IOException {
    peer.text(PING + " ".repeat(length - PING.length()));
  }

  private static void fragments(Peer peer, int count) throws IOException {
    peer.frame(false, Frame.TEXT, PING.getBytes(UTF_8));
    for (int i = 2; i < count; i++) {
      peer.frame(false, CONTINUATION, new byte[] {' '});
    }
    peer.frame(true, CONTINUATION, new byte[0]);
  }

  private static byte[] frame(boolean fin, int opcode, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(Peer.header(fin, opcode, payload.length));
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  private static Deed cut(Deed end) {
    return peer -> {
      peer.write(Arrays.copyOf(frame(true, Frame.TEXT, PING.getBytes(UTF_8)), 12));
      end.by(peer);
    };
  }

  private static void resetInHead(Peer peer) throws IOException {
    peer.readHead();
    peer.write(UPGRADED.substring(0, 40));
    peer.reset();
  }

  /** Slower than a handshake may be, but never silent. */
  private static void dripHead(Peer peer) throws IOException {
    try {
      for (char c : Peer.acceptance(peer.readHead(), "").toCharArray()) {
        peer.write(String.valueOf(c));
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    } catch (SocketException e) {
      // The agent has given up.
    }
  }

  private static void dripFrame(Peer peer) throws IOException {
    for (byte b : frame(true, Frame.TEXT, PING.getBytes(UTF_8))) {
      peer.write(new byte[] {b});
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
    }
  }

  /** Every ping wants a pong, which would pile up where they are written from. */
  private static void floodOfPings(Peer peer) throws IOException {
    byte[] flood = new byte[127 * 1000];
    for (int i = 0; i < flood.length; i += 127) {
      flood[i] = (byte) 0x89;
      flood[i + 1] = 125;
    }
    try {
      while (true) {
        peer.write(flood);
      }
    } catch (SocketException e) {
      // The agent has given up.
    }
  }

  private static WebSocketSettings impatient(WebSocketSettings s) {
    return new WebSocketSettings(
        s.url(),
        Duration.ofSeconds(1),
        Duration.ofMillis(300),
        Duration.ofSeconds(2),
        Duration.ofMillis(500),
        Duration.ofMillis(300),
        s.stableAfter(),
        Duration.ofMillis(100),
        s.maxMessageBytes(),
        s.maxFragments(),
        64);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"upgrades", "sizes", "syntax", "texts", "networks"})
  void backend_breaksARule_costsItsOneConnectionAtMost(Case hostile) throws Exception {
    try (ScriptedServer server = new ScriptedServer();
        RunningAgent agent = new RunningAgent(server.url(), HostileBackendTest::impatient)) {
      Peer peer = hostile.upgraded() ? server.acceptAfterHello() : server.accept();
      hostile.deed().by(peer);
      switch (hostile.outcome()) {
        case Closes(int code) -> {
          assertThat(peer.read().closeCode()).isEqualTo(code);
          peer.hangUp();
          peer = server.acceptAfterHello();
        }
        case Ends(String reason) -> {
          agent.awaitLogLine("WARN WebSocket connection lost");
          assertThat(agent.logLines)
              .filteredOn(line -> line.startsWith("WARN"))
              .singleElement()
              .asString()
              .contains(reason)
              .matches("[ -~]{1,400}");
          peer = server.acceptAfterHello();
        }
        case Answers(String text) -> awaitText(peer, text);
        case Stays() -> {}
      }
      assertAlive(peer);
      assertThat(agent.actions).isEmpty();
      assertThat(agent.configurations).isEmpty();
    }
  }

  private static void assertAlive(Peer peer) throws IOException {
    peer.text("{\"type\":\"ping\",\"nonce\":\"alive\"}");
    awaitText(peer, "alive");
  }

  private static void awaitText(Peer peer, String text) throws IOException {
    Frame frame = peer.read();
    while (!frame.text().contains(text)) {
      assertThat(frame.opcode()).as(frame.text()).isNotEqualTo(Frame.CLOSE);
      frame = peer.read();
    }
  }
}
