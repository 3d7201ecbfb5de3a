package com.mloptimizer.agent.sandbox.console;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts the changes of each section, so that every page gets the newest state of what changed
 * since it last looked; a page that is slow skips what lies between. Thread-safe.
 */
final class Changes {
  // Guarded by this.
  private final Map<Section, Long> versions = new EnumMap<>(Section.class);

  Changes() {
    for (Section section : Section.values()) {
      versions.put(section, 1L);
    }
  }

  synchronized void touch(Section section) {
    versions.merge(section, 1L, Long::sum);
    notifyAll();
  }

  /**
   * The sections that are newer than what was seen, at most after that time; none if there are
   * none.
   */
  synchronized Map<Section, Long> awaitNewer(Map<Section, Long> seen, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      Map<Section, Long> newer = new EnumMap<>(versions);
      newer.entrySet().removeIf(e -> e.getValue().equals(seen.get(e.getKey())));
      long left = deadline - System.nanoTime();
      if (!newer.isEmpty() || left <= 0) {
        return newer;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }
}
