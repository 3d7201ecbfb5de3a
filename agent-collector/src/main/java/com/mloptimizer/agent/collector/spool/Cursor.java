package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers up to where the spool was delivered, so that a new process does not send what the last
 * one had sent. Losing it costs repetitions only, which the backend knows by their key, and so
 * nothing here fails the caller. Its bytes are claimed when it is made and written in place from
 * then on, which a full disk does not prevent. Not thread-safe: the spool's lock guards it.
 */
final class Cursor implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Cursor.class);
  private static final int BYTES = Long.BYTES + Long.BYTES + Integer.BYTES;

  /** A place in the spool; everything before it is delivered. */
  record Position(long segment, long offset) {
    static final Position BEGINNING = new Position(0, 0);
  }

  private final SpoolFile file;

  private Cursor(SpoolFile file) {
    this.file = file;
  }

  static Cursor open(SpoolFile.Opener files, Path folder) throws IOException {
    Cursor cursor = new Cursor(files.open(folder.resolve("delivered")));
    if (cursor.file.length() < BYTES) {
      cursor.write(Position.BEGINNING);
    }
    return cursor;
  }

  Position read() {
    byte[] bytes = new byte[BYTES];
    try {
      file.read(0, bytes);
    } catch (IOException e) {
      log.debug("No delivered position: {}", e.getMessage());
      return Position.BEGINNING;
    }
    ByteBuffer position = ByteBuffer.wrap(bytes);
    return checksum(bytes) == position.getInt(BYTES - Integer.BYTES)
        ? new Position(position.getLong(), position.getLong())
        : Position.BEGINNING;
  }

  void write(Position position) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putLong(position.segment()).putLong(position.offset());
    bytes.putInt(checksum(bytes.array()));
    try {
      file.write(0, bytes.array());
    } catch (IOException e) {
      log.debug("The delivered position stays behind: {}", e.getMessage());
    }
  }

  private static int checksum(byte[] position) {
    CRC32C crc = new CRC32C();
    crc.update(position, 0, BYTES - Integer.BYTES);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
