package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
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

  static byte[] encode(byte[] payload) {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .putInt(payload.length)
        .putInt(checksum(payload))
        .put(payload)
        .array();
  }

  /** Reads the entry at a place; {@code size} is where the segment's entries end. */
  static Reading read(SpoolFile file, long offset, long size) throws IOException {
    if (size - offset < HEADER_BYTES) {
      return new Reading.Torn();
    }
    byte[] header = new byte[HEADER_BYTES];
    file.read(offset, header);
    int length = ByteBuffer.wrap(header).getInt();
    int expected = ByteBuffer.wrap(header).getInt(Integer.BYTES);
    // Nothing empty is ever appended, but a crash can leave zeroes in place of what was.
    if (length <= 0 || length > MAX_PAYLOAD_BYTES || size - offset - HEADER_BYTES < length) {
      return new Reading.Torn();
    }
    byte[] payload = new byte[length];
    file.read(offset + HEADER_BYTES, payload);
    long end = offset + HEADER_BYTES + length;
    return checksum(payload) == expected
        ? new Reading.Whole(payload, end)
        : new Reading.Damaged(end);
  }

  private static int checksum(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, payload.length));
    crc.update(payload);
    return (int) crc.getValue();
  }
}
