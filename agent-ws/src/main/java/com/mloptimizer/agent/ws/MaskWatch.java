package com.mloptimizer.agent.ws;

import java.nio.ByteBuffer;
import org.java_websocket.exceptions.InvalidFrameException;

/**
 * Follows the frames of a stream from header to header, however it is cut, to refuse masked ones:
 * RFC 6455, section 5.1, wants it of a client, and the library unmasks them. It keeps no bytes.
 */
final class MaskWatch {
  // What the next byte is: the first or second one of a header, a part of a length, or payload.
  private int headerBytes;
  private int lengthBytesLeft;
  private long payloadLeft;

  /** Looks at bytes that follow those of the last call. */
  void watch(ByteBuffer bytes) throws InvalidFrameException {
    while (bytes.hasRemaining()) {
      if (headerBytes < 2) {
        header(bytes.get());
      } else if (lengthBytesLeft > 0) {
        lengthBytesLeft--;
        payloadLeft = (payloadLeft << 8) | (bytes.get() & 0xff);
      } else {
        int skipped = (int) Math.min(bytes.remaining(), payloadLeft);
        bytes.position(bytes.position() + skipped);
        payloadLeft -= skipped;
      }
      if (headerBytes == 2 && lengthBytesLeft == 0 && payloadLeft <= 0) {
        headerBytes = 0;
      }
    }
  }

  private void header(byte next) throws InvalidFrameException {
    headerBytes++;
    if (headerBytes == 1) {
      return;
    }
    if ((next & 0x80) != 0) {
      throw new InvalidFrameException("a server must not mask its frames");
    }
    int length = next & 0x7f;
    lengthBytesLeft = length == 127 ? 8 : length == 126 ? 2 : 0;
    payloadLeft = lengthBytesLeft > 0 ? 0 : length;
  }
}
