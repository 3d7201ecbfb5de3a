package com.mloptimizer.agent.collector;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names each quantity that cannot be used, once while it is there, and counts them. */
final class SkippedQuantities {

  private static final Logger log = LoggerFactory.getLogger(SkippedQuantities.class);

  /** Whatever more there are would only fill the log. */
  private static final int MAX_NAMED = 50;

  private final CollectorMetrics metrics;
  private Set<String> named = Set.of();
  private Set<String> present = new LinkedHashSet<>();
  private int count;

  SkippedQuantities(CollectorMetrics metrics) {
    this.metrics = metrics;
  }

  /** These are skipped in this cycle. */
  void add(String object, List<String> skipped) {
    skipped.forEach(each -> add(object + ": " + each));
  }

  /** This is skipped in this cycle. */
  void add(String skipped) {
    count++;
    if (present.size() < MAX_NAMED) {
      present.add(skipped);
    }
  }

  /** The cycle is over. */
  void tell() {
    for (String each : present) {
      if (!named.contains(each)) {
        log.warn("Skipped a quantity, {}", each);
      }
    }
    metrics.skippedQuantities(count);
    named = present;
    present = new LinkedHashSet<>();
    count = 0;
  }
}
