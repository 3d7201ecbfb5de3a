package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** An entry as it stands in a segment: length, CRC32C of length and payload, payload. */
final class Frame {

  static final int HEADER_BYTES = 8;

  /** No entry is longer; a length beyond it is damage. */
  static final int MAX_PAYLOAD_BYTES = 4 << 20;

  /** What stands at a place in a segment. */
  sealed interface Reading {

    /** An entry. */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    record Whole(byte[] payload, long end) implements Reading {}

    /** An entry with a flipped bit; what follows it can be read. */
    record Damaged(long end) implements Reading {}

    /** No entry that ends within the segment. */
    record Torn() implements Reading {}
  }

  private Frame() {}

  static ByteBuffer encode(byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + payload.length);
    frame.putInt(payload.length).putInt(checksum(payload)).put(payload);
    return frame.flip();
  }

  /** Reads the entry at a place; {@code size} is where the segment's entries end. */
  static Reading read(FileChannel channel, long offset, long size) throws IOException {
    if (size - offset < HEADER_BYTES) {
      return new Reading.Torn();
    }
    ByteBuffer header = readFully(channel, offset, HEADER_BYTES);
    int length = header.getInt();
    int expected = header.getInt();
    if (length < 0 || length > MAX_PAYLOAD_BYTES || size - offset - HEADER_BYTES < length) {
      return new Reading.Torn();
    }
    byte[] payload = readFully(channel, offset + HEADER_BYTES, length).array();
    long end = offset + HEADER_BYTES + length;
    return checksum(payload) == expected
        ? new Reading.Whole(payload, end)
        : new Reading.Damaged(end);
  }

  private static ByteBuffer readFully(FileChannel channel, long offset, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, offset + buffer.position());
      if (read < 0) {
        throw new IOException("the segment ends at " + (offset + buffer.position()));
      }
    }
    return buffer.flip();
  }

  private static int checksum(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, payload.length));
    crc.update(payload);
    return (int) crc.getValue();
  }
}
