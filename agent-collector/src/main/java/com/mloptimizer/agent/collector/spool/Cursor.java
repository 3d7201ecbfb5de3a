package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Remembers up to where the spool was delivered, so that a new process does not send what the last
 * one had sent. Losing it costs repetitions only, which the backend knows by their key. Written in
 * place, which a full disk does not prevent. Not thread-safe: the spool's lock guards it.
 */
final class Cursor implements AutoCloseable {

  private static final int BYTES = Long.BYTES + Long.BYTES + Integer.BYTES;

  /** A place in the spool; everything before it is delivered. */
  record Position(long segment, long offset) {
    static final Position BEGINNING = new Position(0, 0);
  }

  private final FileChannel channel;

  private Cursor(FileChannel channel) {
    this.channel = channel;
  }

  static Cursor open(Path folder) throws IOException {
    return new Cursor(
        FileChannel.open(
            folder.resolve("delivered"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  Position read() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, buffer.position()) < 0) {
        return Position.BEGINNING;
      }
    }
    buffer.flip();
    return checksum(buffer) == buffer.getInt(BYTES - Integer.BYTES)
        ? new Position(buffer.getLong(), buffer.getLong())
        : Position.BEGINNING;
  }

  void write(Position position) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    buffer.putLong(position.segment()).putLong(position.offset());
    buffer.putInt(checksum(buffer)).flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer, buffer.position());
    }
  }

  private static int checksum(ByteBuffer position) {
    CRC32C crc = new CRC32C();
    crc.update(position.slice(0, BYTES - Integer.BYTES));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
