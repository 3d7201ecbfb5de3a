package com.mloptimizer.agent.ws;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A WebSocket server that is nothing but bytes, so that a test can break any rule. */
final class ScriptedServer implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(10);

  private final ServerSocket listening;
  private final List<Peer> peers = new ArrayList<>();

  ScriptedServer() throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  ScriptedServer(ServerSocket listening) throws IOException {
    this.listening = listening;
    listening.setSoTimeout((int) DEADLINE.toMillis());
  }

  int port() {
    return listening.getLocalPort();
  }

  URI url() {
    return URI.create("ws://127.0.0.1:" + port() + "/ws");
  }

  /** The next TCP connection. */
  Peer accept() throws IOException {
    Peer peer = new Peer(listening.accept());
    peers.add(peer);
    return peer;
  }

  /** The next connection, upgraded, after its hello. */
  Peer acceptAfterHello() throws IOException {
    Peer peer = accept();
    peer.upgrade();
    Frame hello = peer.read();
    if (!hello.text().contains("\"type\":\"hello\"")) {
      throw new AssertionError("hello expected, but was " + hello.text());
    }
    return peer;
  }

  /** Lets go of a connection that has ended. */
  void forget(Peer peer) {
    peers.remove(peer);
  }

  @Override
  public void close() throws IOException {
    for (Peer peer : peers) {
      peer.close();
    }
    listening.close();
  }

  /** A frame from the agent, unmasked. */
  static final class Frame {
    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private final int opcode;
    private final byte[] payload;

    private Frame(int opcode, byte[] payload) {
      this.opcode = opcode;
      this.payload = payload;
    }

    int opcode() {
      return opcode;
    }

    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    int closeCode() {
      if (opcode != CLOSE) {
        throw new AssertionError("a close expected, but was opcode " + opcode + ": " + text());
      }
      return ByteBuffer.wrap(payload).getShort() & 0xffff;
    }
  }

  /** One connection, seen from the server. */
  static final class Peer implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    Peer(Socket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout((int) DEADLINE.toMillis());
      this.in = new DataInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
    }

    /** What the agent sends. */
    InputStream in() {
      return in;
    }

    /** Reads the request's head and answers with 101; the head. */
    String upgrade() throws IOException {
      return upgrade("");
    }

    String upgrade(String moreHeaders) throws IOException {
      String head = readHead();
      write(acceptance(head, moreHeaders));
      return head;
    }

    /** The 101 that a request asks for. */
    static String acceptance(String head, String moreHeaders) {
      String key =
          head.lines()
              .filter(line -> line.startsWith("Sec-WebSocket-Key: "))
              .map(line -> line.substring("Sec-WebSocket-Key: ".length()).strip())
              .findFirst()
              .orElseThrow();
      return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: "
          + acceptKey(key)
          + "\r\n"
          + moreHeaders
          + "\r\n";
    }

    String readHead() throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) in.readUnsignedByte());
      }
      return head.toString();
    }

    /** The next frame that is not a protocol ping. */
    Frame read() throws IOException {
      Frame frame = readAny();
      while (frame.opcode() == Frame.PING) {
        frame = readAny();
      }
      return frame;
    }

    Frame readAny() throws IOException {
      int opcode = in.readUnsignedByte() & 0x0f;
      int length = in.readUnsignedByte() & 0x7f;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = (int) in.readLong();
      }
      byte[] mask = in.readNBytes(4);
      byte[] payload = in.readNBytes(length);
      for (int i = 0; i < payload.length; i++) {
        payload[i] ^= mask[i % 4];
      }
      return new Frame(opcode, payload);
    }

    /** Whether the agent ended the TCP connection, whatever it still sends before. */
    boolean isEndedByAgent() throws IOException {
      try {
        while (in.read() >= 0) {
          // Read on to the end.
        }
        return true;
      } catch (java.net.SocketException e) {
        return true;
      }
    }

    void text(String text) throws IOException {
      frame(true, Frame.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    void frame(boolean fin, int opcode, byte[] payload) throws IOException {
      ByteArrayOutputStream frame = new ByteArrayOutputStream();
      frame.writeBytes(header(fin, opcode, payload.length));
      frame.writeBytes(payload);
      out.write(frame.toByteArray());
    }

    /** Only the header of a frame that declares so many bytes. */
    void declare(boolean fin, int opcode, long length) throws IOException {
      out.write(header(fin, opcode, length));
    }

    void write(String bytes) throws IOException {
      out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    void write(byte[] bytes) throws IOException {
      out.write(bytes);
    }

    @Override
    public void close() {
      hangUp();
    }

    /** Ends its own direction of the TCP connection, in order. */
    void halfClose() throws IOException {
      socket.shutdownOutput();
    }

    /** Ends the TCP connection with a RST. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /** Ends the TCP connection. */
    void hangUp() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static byte[] header(boolean fin, int opcode, long length) {
      ByteBuffer header = ByteBuffer.allocate(10);
      header.put((byte) ((fin ? 0x80 : 0) | opcode));
      if (length < 126) {
        header.put((byte) length);
      } else if (length < 65536) {
        header.put((byte) 126).putShort((short) length);
      } else {
        header.put((byte) 127).putLong(length);
      }
      byte[] bytes = new byte[header.position()];
      header.flip().get(bytes);
      return bytes;
    }

    private static String acceptKey(String key) {
      try {
        byte[] digest =
            MessageDigest.getInstance("SHA-1")
                .digest(
                    (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                        .getBytes(StandardCharsets.US_ASCII));
        return Base64.getEncoder().encodeToString(digest);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
