package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One file of the spool: a mark, then entries. Not thread-safe: the spool's lock guards it. */
final class Segment implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Segment.class);
  private static final byte[] MARK = "KASPOOL1".getBytes(StandardCharsets.US_ASCII);
  private static final Pattern NAME = Pattern.compile("segment-([0-9]{18})\\.log");

  /** Where the first entry begins. */
  static final long START = MARK.length;

  private final long number;
  private final Path path;
  private final SpoolFile file;
  private long size = START;
  private int entries;

  private Segment(long number, Path path, SpoolFile file) {
    this.number = number;
    this.path = path;
    this.file = file;
  }

  /** The number in a segment's file name. */
  static Optional<Long> numberOf(Path file) {
    Matcher matcher = NAME.matcher(file.getFileName().toString());
    return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
  }

  static Segment create(SpoolFile.Opener files, Path folder, long number) throws IOException {
    Path path = folder.resolve("segment-%018d.log".formatted(number));
    Segment segment = new Segment(number, path, files.open(path));
    try {
      segment.file.truncate(0);
      segment.file.write(0, MARK);
    } catch (IOException e) {
      segment.delete();
      throw e;
    }
    return segment;
  }

  /**
   * Opens what an earlier process left and cuts what it didn't finish; empty if it is no segment.
   */
  static Optional<Segment> open(SpoolFile.Opener files, Path path, long number) throws IOException {
    SpoolFile file = files.open(path);
    Segment segment = new Segment(number, path, file);
    try {
      if (segment.hasMark()) {
        segment.scan();
        return Optional.of(segment);
      }
    } catch (IOException e) {
      file.close();
      throw e;
    }
    file.close();
    return Optional.empty();
  }

  private boolean hasMark() throws IOException {
    byte[] mark = new byte[MARK.length];
    if (file.length() < mark.length) {
      return false;
    }
    file.read(0, mark);
    return Arrays.equals(mark, MARK);
  }

  private void scan() throws IOException {
    long length = file.length();
    while (size < length) {
      switch (Frame.read(file, size, length)) {
        case Frame.Reading.Whole whole -> {
          size = whole.end();
          entries++;
        }
        case Frame.Reading.Damaged damaged -> {
          size = damaged.end();
          entries++;
        }
        case Frame.Reading.Torn() -> {
          return;
        }
      }
    }
  }

  /** Whether bytes follow the last entry that can be found. */
  boolean isTorn() throws IOException {
    return file.length() > size;
  }

  /** Drops what follows the last entry. */
  void cut() throws IOException {
    file.truncate(size);
  }

  void append(byte[] payload) throws IOException {
    byte[] frame = Frame.encode(payload);
    file.write(size, frame);
    size += frame.length;
    entries++;
  }

  Frame.Reading read(long offset) throws IOException {
    return Frame.read(file, offset, size);
  }

  /** How many entries end at or before this place. */
  int entriesBefore(long offset) throws IOException {
    int before = 0;
    long at = START;
    while (at < Math.min(offset, size)) {
      switch (Frame.read(file, at, size)) {
        case Frame.Reading.Whole whole -> at = whole.end();
        case Frame.Reading.Damaged damaged -> at = damaged.end();
        case Frame.Reading.Torn() -> {
          return before;
        }
      }
      before++;
    }
    return before;
  }

  long number() {
    return number;
  }

  /** Where its entries end. */
  long size() {
    return size;
  }

  int entries() {
    return entries;
  }

  /** Ends it and its file; what cannot be deleted is emptied, so that it is not delivered later. */
  void delete() {
    try (file) {
      if (!tryDelete()) {
        file.truncate(0);
      }
    } catch (IOException e) {
      log.warn("Cannot delete {}: {}", path, e.toString());
    }
  }

  private boolean tryDelete() {
    try {
      Files.deleteIfExists(path);
      return true;
    } catch (IOException e) {
      log.warn("Cannot delete {}, emptying it: {}", path, e.toString());
      return false;
    }
  }

  /** Ends it and keeps its file, for a look at it, in place of the last one that was kept. */
  void setAside() {
    try (file) {
      setAside(path);
    } catch (IOException e) {
      log.warn("Cannot set {} aside: {}", path, e.toString());
    }
  }

  /** Keeps a file for a look at it: the last one only, not a second spool. */
  static void setAside(Path path) throws IOException {
    Files.move(path, path.resolveSibling("bad"), StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
