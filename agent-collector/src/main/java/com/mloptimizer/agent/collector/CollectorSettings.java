package com.mloptimizer.agent.collector;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What stays as it is while the process runs; intervals and the batch size may change and are asked
 * for each cycle.
 *
 * @param spoolDirectory where batches wait
 * @param spoolBytes how much disk they may take
 * @param stopTimeout how long a stop may spend on delivering what waits
 */
public record CollectorSettings(Path spoolDirectory, long spoolBytes, Duration stopTimeout) {

  private static final long SPOOL_BYTES = 32L << 20;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  /** The usual bounds. */
  public static CollectorSettings in(Path spoolDirectory) {
    return new CollectorSettings(spoolDirectory, SPOOL_BYTES, STOP_TIMEOUT);
  }
}
