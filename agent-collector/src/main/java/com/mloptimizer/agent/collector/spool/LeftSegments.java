package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The segments that an earlier process left.
 *
 * @param segments those that can be read, oldest first
 * @param lastNumber the highest number of any, readable or not; 0 if there is none
 */
record LeftSegments(List<Segment> segments, long lastNumber) {

  /**
   * Finds and opens them. What is no segment is set aside, what is torn is cut.
   *
   * @throws IOException if the folder cannot be read
   */
  static LeftSegments in(Path folder, SpoolFile.Opener files, SpoolListener listener)
      throws IOException {
    TreeMap<Long, Path> found = new TreeMap<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path file : all) {
        Segment.numberOf(file).ifPresent(number -> found.put(number, file));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    List<Segment> segments = new ArrayList<>();
    found.forEach((number, file) -> adopt(file, number, files, listener).ifPresent(segments::add));
    return new LeftSegments(segments, found.isEmpty() ? 0 : found.lastKey());
  }

  private static Optional<Segment> adopt(
      Path file, long number, SpoolFile.Opener files, SpoolListener listener) {
    try {
      Optional<Segment> segment = Segment.open(files, file, number);
      if (segment.isEmpty()) {
        leave(file, listener);
      } else if (segment.get().isTorn()) {
        listener.damaged(1, file + " (its end)");
        segment.get().cut();
      }
      return segment;
    } catch (IOException e) {
      // One that cannot be read must not keep the others from being delivered.
      listener.damaged(1, file + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static void leave(Path file, SpoolListener listener) throws IOException {
    if (Files.size(file) == 0) {
      Files.delete(file);
      return;
    }
    Segment.setAside(file);
    listener.damaged(1, file + " (set aside as 'bad')");
  }
}
