package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue on disk. Thread-safe; nothing here fails the caller, and an interrupt does it no harm:
 * what cannot be kept is an {@link AppendOutcome.Dropped}, what cannot be read is set aside and
 * told to the {@link SpoolListener}.
 */
public final class Spool implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Spool.class);

  /** Small enough that losing one is bearable, large enough that they are few. */
  private static final long SEGMENT_BYTES = 1 << 20;

  private final Path folder;
  private final long maxBytes;
  private final long segmentBytes;
  private final SpoolListener listener;
  private final SpoolFile.Opener files;

  // All guarded by this.
  private final Deque<Segment> segments = new ArrayDeque<>();
  private @Nullable FolderLock lock;
  private @Nullable Cursor cursor;
  private boolean opened;
  private boolean closed;
  private long wakeUps;
  private boolean sealed = true;
  private long nextNumber = 1;
  private long readOffset = Segment.START;
  private int deliveredOfHead;
  private Cursor.Position handedOut = Cursor.Position.BEGINNING;

  /**
   * A spool in a folder, which is opened when it is first used.
   *
   * @param maxBytes how much disk it may take
   */
  public Spool(Path folder, long maxBytes, SpoolListener listener) {
    this(folder, maxBytes, SEGMENT_BYTES, listener, SpoolFile::open);
  }

  Spool(
      Path folder,
      long maxBytes,
      long segmentBytes,
      SpoolListener listener,
      SpoolFile.Opener files) {
    if (maxBytes < 2 * segmentBytes) {
      throw new IllegalArgumentException("a spool needs two segments, not " + maxBytes + " bytes");
    }
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.segmentBytes = segmentBytes;
    this.listener = listener;
    this.files = files;
  }

  /** Adds an entry behind all others, at the cost of the oldest ones if there is no room. */
  public synchronized AppendOutcome append(byte[] payload) {
    if (closed) {
      return new AppendOutcome.Dropped("the spool is closed");
    }
    if (payload.length > Math.min(Frame.MAX_PAYLOAD_BYTES, maxBytes / 2)) {
      return new AppendOutcome.Dropped("longer than the spool takes: " + payload.length);
    }
    try {
      open();
      makeRoom(Frame.HEADER_BYTES + payload.length);
      try {
        write(payload);
      } catch (IOException e) {
        if (segments.size() != 1 || waitingBytes() > 0) {
          throw e;
        }
        // All is delivered: the last segment is in the way where the disk is full.
        dropHead();
        write(payload);
      }
      notifyAll();
      return new AppendOutcome.Appended();
    } catch (IOException e) {
      return new AppendOutcome.Dropped(folder + ": " + reason(e));
    }
  }

  private void write(byte[] payload) throws IOException {
    Segment tail = writable();
    try {
      tail.append(payload);
    } catch (IOException e) {
      // Where what was half written cannot be cut off, nothing may come behind it.
      sealed = true;
      tail.cut();
      sealed = false;
      throw e;
    }
  }

  /** The oldest entry that can be read; empty if there is none. */
  public synchronized Optional<SpoolEntry> peek() {
    try {
      open();
      while (!closed && !segments.isEmpty()) {
        Segment head = segments.getFirst();
        if (readOffset >= head.size()) {
          if (segments.size() == 1) {
            return Optional.empty();
          }
          dropHead();
          continue;
        }
        switch (head.read(readOffset)) {
          case Frame.Reading.Whole whole -> {
            handedOut = new Cursor.Position(head.number(), readOffset);
            return Optional.of(
                new SpoolEntry(head.number(), readOffset, whole.end(), whole.payload()));
          }
          case Frame.Reading.Damaged damaged -> {
            listener.damaged(1, "segment " + head.number());
            advance(damaged.end());
          }
          case Frame.Reading.Torn() -> {
            listener.damaged(head.entries() - deliveredOfHead, "segment " + head.number());
            deliveredOfHead = head.entries() - 1;
            advance(head.size());
          }
        }
      }
    } catch (IOException e) {
      skipUnreadable(e);
    }
    return Optional.empty();
  }

  /** Waits until there is an entry or a wake-up, but no longer than this. */
  public synchronized Optional<SpoolEntry> await(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    long before = wakeUps;
    Optional<SpoolEntry> entry = peek();
    while (entry.isEmpty() && !closed && wakeUps == before) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        break;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
      entry = peek();
    }
    return entry;
  }

  /** Has whoever waits look again, at whatever else it waits for. */
  public synchronized void wakeUp() {
    wakeUps++;
    notifyAll();
  }

  /** Forgets an entry that was delivered; nothing happens if it had to go in the meantime. */
  public synchronized void remove(SpoolEntry entry) {
    if (closed
        || segments.isEmpty()
        || segments.getFirst().number() != entry.segment()
        || readOffset != entry.offset()) {
      return;
    }
    advance(entry.end());
    if (cursor != null) {
      cursor.write(new Cursor.Position(entry.segment(), entry.end()));
    }
  }

  /** What it takes on disk. */
  public synchronized long bytes() {
    return segments.stream().mapToLong(Segment::size).sum();
  }

  /** What the entries that wait take of that. */
  public synchronized long waitingBytes() {
    return segments.isEmpty() ? 0 : bytes() - readOffset;
  }

  /** How many entries wait. */
  public synchronized int entries() {
    return segments.stream().mapToInt(Segment::entries).sum() - deliveredOfHead;
  }

  /** Closes the files; the entries stay. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    for (Segment segment : segments) {
      closeQuietly(segment);
    }
    closeQuietly(cursor);
    closeQuietly(lock);
    segments.clear();
  }

  private static void closeQuietly(@Nullable AutoCloseable part) {
    try {
      if (part != null) {
        part.close();
      }
    } catch (Exception e) {
      // Nothing is buffered here that closing could lose.
      log.debug("Closing a file of the spool", e);
    }
  }

  private void open() throws IOException {
    if (opened || closed) {
      return;
    }
    Files.createDirectories(folder);
    if (lock == null) {
      lock = FolderLock.take(folder);
    }
    if (cursor == null) {
      cursor = Cursor.open(files, folder);
    }
    LeftSegments left = LeftSegments.in(folder, files, listener);
    segments.addAll(left.segments());
    nextNumber = left.lastNumber() + 1;
    opened = true;
    resume(cursor.read());
  }

  private void resume(Cursor.Position delivered) {
    // Whatever gets a number at or below this one passes for delivered in the next process.
    nextNumber = Math.max(nextNumber, delivered.segment() + 1);
    while (!segments.isEmpty() && segments.getFirst().number() < delivered.segment()) {
      segments.removeFirst().delete();
    }
    if (!segments.isEmpty() && segments.getFirst().number() == delivered.segment()) {
      Segment head = segments.getFirst();
      readOffset = Math.clamp(delivered.offset(), Segment.START, head.size());
      deliveredOfHead = countDelivered(head);
    }
  }

  private int countDelivered(Segment head) {
    try {
      return head.entriesBefore(readOffset);
    } catch (IOException e) {
      // It is set aside when it is read, and then counted as a whole.
      return 0;
    }
  }

  private Segment writable() throws IOException {
    if (segments.isEmpty() || sealed || segments.getLast().size() >= segmentBytes) {
      segments.addLast(Segment.create(files, folder, nextNumber++));
      sealed = false;
    }
    return segments.getLast();
  }

  private void makeRoom(int more) {
    while (segments.size() > 1 && bytes() + more > maxBytes) {
      int lost = segments.getFirst().entries() - deliveredOfHead - (isHeadHandedOut() ? 1 : 0);
      dropHead();
      if (lost > 0) {
        listener.evicted(lost);
      }
    }
  }

  /** Whether somebody has the next entry in hand, and will deliver it even if it must go here. */
  private boolean isHeadHandedOut() {
    return handedOut.equals(new Cursor.Position(segments.getFirst().number(), readOffset));
  }

  private void dropHead() {
    removeHead().delete();
  }

  private Segment removeHead() {
    readOffset = Segment.START;
    deliveredOfHead = 0;
    return segments.removeFirst();
  }

  private void advance(long offset) {
    readOffset = offset;
    deliveredOfHead++;
    if (readOffset >= segments.getFirst().size() && segments.size() > 1) {
      dropHead();
    }
  }

  private void skipUnreadable(IOException e) {
    if (!opened || segments.isEmpty()) {
      return;
    }
    int lost = segments.getFirst().entries() - deliveredOfHead;
    Segment head = removeHead();
    head.setAside();
    // It may have been the one that is written to.
    sealed = sealed || segments.isEmpty();
    listener.damaged(lost, "segment " + head.number() + " (set aside as 'bad'): " + reason(e));
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
