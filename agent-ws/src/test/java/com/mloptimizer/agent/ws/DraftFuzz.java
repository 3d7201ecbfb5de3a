package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketAdapter;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.enums.Role;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.exceptions.InvalidHandshakeException;
import org.java_websocket.framing.Framedata;

/**
 * Whatever bytes a peer sends, they are messages within the limits or a violation that closes the
 * connection; and they are the same however the network cuts them up.
 */
public final class DraftFuzz {
  private static final int MAX_MESSAGE = 1024;
  private static final int MAX_FRAGMENTS = 8;

  @FuzzTest
  void fuzz(byte[] bytes) {
    check(bytes);
  }

  /** What must hold for any bytes. */
  public static void check(byte[] bytes) {
    checkHead(bytes);
    List<String> whole = read(bytes, bytes.length);
    assertThat(read(bytes, 1)).isEqualTo(whole);
    assertThat(read(bytes, 7)).isEqualTo(whole);
    for (String message : whole) {
      assertThat(message.length()).isLessThanOrEqualTo(MAX_MESSAGE + 10);
    }
  }

  private static void checkHead(byte[] bytes) {
    try {
      var _ = draft().translateHandshake(ByteBuffer.wrap(bytes));
    } catch (InvalidHandshakeException e) {
      assertThat(bytes).isNotNull();
    } catch (RuntimeException e) {
      // Not complete yet is one, in the library.
      assertThat(e.getClass().getPackageName()).startsWith("org.java_websocket");
    }
  }

  /** The messages of a stream that arrives in pieces, or that it is closed. */
  private static List<String> read(byte[] bytes, int piece) {
    List<String> read = new ArrayList<>();
    BoundedDraft draft = draft();
    WebSocketImpl socket = new WebSocketImpl(new Recorder(read), draft);
    try {
      for (int at = 0; at < bytes.length; at += piece) {
        byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece));
        for (Framedata frame : draft.translateFrame(ByteBuffer.wrap(part))) {
          draft.processFrame(socket, frame);
        }
      }
    } catch (InvalidDataException e) {
      // What was whole before the violation is not delivered when it came in one piece with it, and
      // which one of several is met first, hence the code, depends on the pieces, too.
      return List.of("closed");
    }
    return read;
  }

  private static BoundedDraft draft() {
    BoundedDraft draft =
        new BoundedDraft(
            MAX_MESSAGE,
            MAX_FRAGMENTS,
            new BoundedDraft.Listener() {
              @Override
              public void heard() {}

              @Override
              public void refused(UpgradeRefusal refusal) {}
            });
    draft.setParseMode(Role.CLIENT);
    return draft;
  }

  private static final class Recorder extends WebSocketAdapter {
    private final List<String> read;

    Recorder(List<String> read) {
      this.read = read;
    }

    @Override
    public void onWebsocketMessage(WebSocket socket, String text) {
      read.add("text " + text);
    }

    @Override
    public void onWebsocketMessage(WebSocket socket, ByteBuffer bytes) {
      read.add("binary " + bytes.remaining());
    }

    @Override
    public void onWebsocketPing(WebSocket socket, Framedata ping) {
      read.add("ping");
    }

    @Override
    public void onWebsocketPong(WebSocket socket, Framedata pong) {
      read.add("pong");
    }

    @Override
    public void onWebsocketOpen(
        WebSocket socket, org.java_websocket.handshake.Handshakedata handshake) {}

    @Override
    public void onWebsocketClose(WebSocket socket, int code, String reason, boolean remote) {
      read.add("close " + code);
    }

    @Override
    public void onWebsocketClosing(WebSocket socket, int code, String reason, boolean remote) {}

    @Override
    public void onWebsocketCloseInitiated(WebSocket socket, int code, String reason) {}

    @Override
    public void onWebsocketError(WebSocket socket, Exception e) {
      throw new AssertionError("an error that is no violation of the peer's", e);
    }

    @Override
    public void onWriteDemand(WebSocket socket) {}

    @Override
    public java.net.InetSocketAddress getLocalSocketAddress(WebSocket socket) {
      return new java.net.InetSocketAddress(0);
    }

    @Override
    public java.net.InetSocketAddress getRemoteSocketAddress(WebSocket socket) {
      return new java.net.InetSocketAddress(0);
    }
  }
}
