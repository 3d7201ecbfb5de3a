package com.mloptimizer.agent.collector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers beside the spool up to which resource version events were reported, so that a new
 * process does not report again what the API server still keeps. Losing it costs repetitions only.
 */
final class EventMark {

  private static final Logger log = LoggerFactory.getLogger(EventMark.class);

  private final Path file;
  private long known = -1;

  EventMark(Path folder) {
    this.file = folder.resolve("events-reported");
  }

  /** The version; 0 if there is none. */
  long read() {
    if (known < 0) {
      known = readFile();
    }
    return known;
  }

  private long readFile() {
    try {
      return Math.max(0, Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip()));
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException | NumberFormatException e) {
      log.warn(
          "Cannot read {}; events of the last hour are reported again: {}", file, e.toString());
      return 0;
    }
  }

  void write(long version) {
    if (version == read()) {
      return;
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(fresh, version + "\n", StandardCharsets.US_ASCII);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      known = version;
    } catch (IOException e) {
      // The disk is full or gone, which the spool says loud enough. It is tried again each time.
      log.debug("Cannot write {}", file, e);
    }
  }
}
