package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * A disk that takes so many bytes more, and writes what fits of a buffer before it fails; and whose
 * files can be made unreadable or unwritable.
 */
final class QuotaDisk implements SpoolFile.Opener {

  private long left;
  private int open;
  private Predicate<Path> unreadable = file -> false;
  private Predicate<Path> unwritable = file -> false;

  QuotaDisk(long bytes) {
    this.left = bytes;
  }

  void free(long bytes) {
    left = bytes;
  }

  /** Reading these files fails from now on. */
  void cannotRead(Predicate<Path> files) {
    unreadable = files;
  }

  /** Writing these files fails from now on. */
  void cannotWrite(Predicate<Path> files) {
    unwritable = files;
  }

  /** How many files are open. */
  int open() {
    return open;
  }

  @Override
  public SpoolFile open(Path path) throws IOException {
    SpoolFile file = SpoolFile.open(path);
    open++;
    return new QuotaFile(path, file);
  }

  private final class QuotaFile implements SpoolFile {
    private final Path path;
    private final SpoolFile file;

    QuotaFile(Path path, SpoolFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void write(long position, byte[] bytes) throws IOException {
      if (unwritable.test(path)) {
        throw new IOException("Input/output error");
      }
      long growth = position + bytes.length - file.length();
      if (growth <= left) {
        left -= Math.max(0, growth);
        file.write(position, bytes);
        return;
      }
      int fitting = (int) (bytes.length - growth + left);
      left = 0;
      file.write(position, Arrays.copyOf(bytes, fitting));
      throw new IOException("No space left on device");
    }

    @Override
    public void read(long position, byte[] into) throws IOException {
      if (unreadable.test(path)) {
        throw new IOException("Input/output error");
      }
      file.read(position, into);
    }

    @Override
    public long length() throws IOException {
      return file.length();
    }

    @Override
    public void truncate(long length) throws IOException {
      left += Math.max(0, file.length() - length);
      file.truncate(length);
    }

    @Override
    public void close() throws IOException {
      open--;
      left += Files.exists(path) ? 0 : file.length();
      file.close();
    }
  }
}
