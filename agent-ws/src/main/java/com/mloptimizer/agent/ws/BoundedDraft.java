package com.mloptimizer.agent.ws;

import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.enums.HandshakeState;
import org.java_websocket.exceptions.IncompleteHandshakeException;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.exceptions.InvalidFrameException;
import org.java_websocket.exceptions.InvalidHandshakeException;
import org.java_websocket.exceptions.LimitExceededException;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.Handshakedata;
import org.java_websocket.handshake.ServerHandshake;

/**
 * RFC 6455 with the bounds that the library leaves out: a frame is measured by what it declares,
 * before anything is allocated, a message by the sum of its fragments and by their number, and the
 * answer to the upgrade by its length. What is too large ends in a close with 1009. Masked frames,
 * which a server must not send, are refused; no extension is offered, and none that the peer claims
 * is taken. Used by the reading thread alone.
 */
final class BoundedDraft extends Draft_6455 {
  private static final int MAX_ANSWER_BYTES = 16 * 1024;

  /** Learns what the reading thread meets. */
  interface Listener {
    /** A frame came in, of whatever kind. */
    void heard();

    /** The upgrade was answered otherwise. */
    void refused(UpgradeRefusal refusal);
  }

  private final int maxMessageBytes;
  private final int maxFragments;
  private final Listener listener;
  private final MaskWatch maskWatch = new MaskWatch();
  private int messageBytes;
  private int fragments;

  BoundedDraft(int maxMessageBytes, int maxFragments, Listener listener) {
    // The superclass refuses a single frame that declares more.
    super(List.of(), maxMessageBytes);
    this.maxMessageBytes = maxMessageBytes;
    this.maxFragments = maxFragments;
    this.listener = listener;
  }

  /** The library works with a copy; the inherited method would lose this class. */
  @Override
  public Draft copyInstance() {
    return new BoundedDraft(maxMessageBytes, maxFragments, listener);
  }

  @Override
  public Handshakedata translateHandshake(ByteBuffer answer) throws InvalidHandshakeException {
    if (answer.remaining() > MAX_ANSWER_BYTES) {
      throw new InvalidHandshakeException("the answer to the upgrade has no end");
    }
    int head = headLength(answer);
    if (head < 0) {
      // The superclass would judge the status before the headers are here.
      throw new IncompleteHandshakeException(answer.capacity() + 128);
    }
    UpgradeRefusal.parse(answer.slice(answer.position(), head)).ifPresent(listener::refused);
    return super.translateHandshake(answer);
  }

  @Override
  public HandshakeState acceptHandshakeAsClient(ClientHandshake request, ServerHandshake answer)
      throws InvalidHandshakeException {
    // RFC 6455, section 4.1: what was not asked for must not be in the answer.
    boolean unasked =
        answer.hasFieldValue("Sec-WebSocket-Extensions")
            || answer.hasFieldValue("Sec-WebSocket-Protocol");
    return unasked ? HandshakeState.NOT_MATCHED : super.acceptHandshakeAsClient(request, answer);
  }

  @Override
  public List<Framedata> translateFrame(ByteBuffer bytes) throws InvalidDataException {
    maskWatch.watch(bytes.duplicate());
    try {
      return super.translateFrame(bytes);
    } catch (RuntimeException e) {
      // The library's own errors, such as a NullPointerException for a close whose reason is not
      // UTF-8, are the peer's fault all the same.
      throw new InvalidFrameException("a frame that cannot be read", e);
    }
  }

  @Override
  public void processFrame(WebSocketImpl webSocket, Framedata frame) throws InvalidDataException {
    listener.heard();
    switch (frame.getOpcode()) {
      case TEXT, BINARY, CONTINUOUS -> count(frame);
      case PING, PONG, CLOSING -> {}
    }
    super.processFrame(webSocket, frame);
  }

  private void count(Framedata frame) throws LimitExceededException {
    fragments++;
    messageBytes += frame.getPayloadData().remaining();
    if (fragments > maxFragments) {
      throw new LimitExceededException("more than " + maxFragments + " fragments", maxFragments);
    }
    if (messageBytes > maxMessageBytes) {
      throw new LimitExceededException("more than " + maxMessageBytes + " bytes", maxMessageBytes);
    }
    if (frame.isFin()) {
      fragments = 0;
      messageBytes = 0;
    }
  }

  private static int headLength(ByteBuffer answer) {
    int end = answer.limit() - 3;
    for (int i = answer.position(); i < end; i++) {
      if (answer.get(i) == '\r'
          && answer.get(i + 1) == '\n'
          && answer.get(i + 2) == '\r'
          && answer.get(i + 3) == '\n') {
        return i + 4 - answer.position();
      }
    }
    return -1;
  }

  // Every draft is its own: the inherited equality ignores the limits.
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
