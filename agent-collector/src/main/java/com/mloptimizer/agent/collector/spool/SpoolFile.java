package com.mloptimizer.agent.collector.spool;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * A file of the spool. Read and written without a channel, because an interrupt closes a channel
 * under whoever uses it: a collector that is stopped in the middle of a cycle must not lose what
 * waits. Not thread-safe: the spool's lock guards it.
 */
interface SpoolFile extends AutoCloseable {

  /** Opens a file for reading and writing, and makes it if there is none; or a test's disk does. */
  @FunctionalInterface
  interface Opener {
    SpoolFile open(Path file) throws IOException;
  }

  /** Fills the array from here. */
  void read(long position, byte[] into) throws IOException;

  /** Writes all of it here; where that fails, a part of it may stand there. */
  void write(long position, byte[] bytes) throws IOException;

  long length() throws IOException;

  void truncate(long length) throws IOException;

  @Override
  void close() throws IOException;

  /** A file on a real disk. */
  static SpoolFile open(Path file) throws IOException {
    return new OnDisk(new RandomAccessFile(file.toFile(), "rw"));
  }

  /** A file on a real disk. */
  record OnDisk(RandomAccessFile file) implements SpoolFile {

    @Override
    public void read(long position, byte[] into) throws IOException {
      try {
        file.seek(position);
        file.readFully(into);
      } catch (EOFException e) {
        throw new IOException("the file ends before " + (position + into.length), e);
      }
    }

    @Override
    public void write(long position, byte[] bytes) throws IOException {
      file.seek(position);
      file.write(bytes);
    }

    @Override
    public long length() throws IOException {
      return file.length();
    }

    @Override
    public void truncate(long length) throws IOException {
      file.setLength(length);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
