package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Remembers up to where the spool was delivered, so that a new process does not send what the last
 * one had sent. Losing it costs repetitions only, which the backend knows by their key.
 */
final class Cursor {

  private static final int BYTES = Long.BYTES + Long.BYTES + Integer.BYTES;

  /** A place in the spool; everything before it is delivered. */
  record Position(long segment, long offset) {
    static final Position BEGINNING = new Position(0, 0);
  }

  private final Path file;

  Cursor(Path folder) {
    this.file = folder.resolve("delivered");
  }

  Position read() throws IOException {
    if (!Files.exists(file) || Files.size(file) != BYTES) {
      return Position.BEGINNING;
    }
    ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file));
    if (buffer.remaining() != BYTES || checksum(buffer) != buffer.getInt(BYTES - Integer.BYTES)) {
      return Position.BEGINNING;
    }
    return new Position(buffer.getLong(), buffer.getLong());
  }

  void write(Position position) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    buffer.putLong(position.segment()).putLong(position.offset());
    buffer.putInt(checksum(buffer));
    Files.write(file, buffer.array());
  }

  private static int checksum(ByteBuffer position) {
    CRC32C crc = new CRC32C();
    crc.update(position.slice(0, BYTES - Integer.BYTES));
    return (int) crc.getValue();
  }
}
