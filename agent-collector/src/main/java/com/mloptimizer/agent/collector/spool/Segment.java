package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One file of the spool: a mark, then entries. Not thread-safe: the spool's lock guards it. */
final class Segment implements AutoCloseable {

  private static final byte[] MARK = "KASPOOL1".getBytes(StandardCharsets.US_ASCII);
  private static final Pattern NAME = Pattern.compile("segment-([0-9]{18})\\.log");

  /** Where the first entry begins. */
  static final long START = MARK.length;

  private final long number;
  private final Path file;
  private final FileChannel channel;
  private long size;
  private int entries;

  private Segment(long number, Path file, FileChannel channel) {
    this.number = number;
    this.file = file;
    this.channel = channel;
  }

  /** The number in a segment's file name. */
  static Optional<Long> numberOf(Path file) {
    Matcher matcher = NAME.matcher(file.getFileName().toString());
    return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
  }

  static Segment create(SegmentFiles files, Path folder, long number) throws IOException {
    Path file = folder.resolve("segment-%018d.log".formatted(number));
    FileChannel channel =
        files.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Segment segment = new Segment(number, file, channel);
    try {
      segment.write(ByteBuffer.wrap(MARK), 0);
    } catch (IOException e) {
      segment.delete();
      throw e;
    }
    segment.size = START;
    return segment;
  }

  /**
   * Opens what an earlier process left and cuts what it didn't finish; empty if it is no segment.
   */
  static Optional<Segment> open(SegmentFiles files, Path file, long number) throws IOException {
    FileChannel channel = files.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Segment segment = new Segment(number, file, channel);
    if (!segment.hasMark()) {
      channel.close();
      return Optional.empty();
    }
    segment.scan();
    return Optional.of(segment);
  }

  private boolean hasMark() throws IOException {
    ByteBuffer mark = ByteBuffer.allocate(MARK.length);
    while (mark.hasRemaining()) {
      if (channel.read(mark, mark.position()) < 0) {
        return false;
      }
    }
    return mark.flip().equals(ByteBuffer.wrap(MARK));
  }

  private void scan() throws IOException {
    long length = channel.size();
    size = START;
    while (size < length) {
      switch (Frame.read(channel, size, length)) {
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
    return channel.size() > size;
  }

  /** Drops what follows the last entry. */
  void cut() throws IOException {
    channel.truncate(size);
  }

  void append(byte[] payload) throws IOException {
    ByteBuffer frame = Frame.encode(payload);
    long end = size + frame.remaining();
    write(frame, size);
    size = end;
    entries++;
  }

  private void write(ByteBuffer bytes, long offset) throws IOException {
    long at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  Frame.Reading read(long offset) throws IOException {
    return Frame.read(channel, offset, size);
  }

  /** How many entries end at or before this place. */
  int entriesBefore(long offset) throws IOException {
    int before = 0;
    long at = START;
    while (at < Math.min(offset, size)) {
      switch (Frame.read(channel, at, size)) {
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

  void delete() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
