package com.mloptimizer.agent.core.config;

import java.time.Duration;
import java.util.List;

/**
 * What a signed remote configuration may change while the agent runs (protocol section 5).
 * Components ask for the settings in force on every round, through a supplier.
 *
 * @param collectionInterval between two collections
 * @param actionPollInterval between two polls
 * @param heartbeatInterval between two heartbeats
 * @param batchSize most records in a batch
 * @param logLevel one of {@link #LOG_LEVELS}
 * @param eventCollection whether Kubernetes events are reported
 */
public record TunableSettings(
    Duration collectionInterval,
    Duration actionPollInterval,
    Duration heartbeatInterval,
    int batchSize,
    String logLevel,
    boolean eventCollection) {

  /** No interval is longer than this, nor shorter than a second. */
  public static final int MAX_INTERVAL_SECONDS = 3600;

  /** No batch is larger than this. */
  public static final int MAX_BATCH_SIZE = 10_000;

  /** The levels that a log can have. */
  public static final List<String> LOG_LEVELS = List.of("DEBUG", "INFO", "WARN", "ERROR");
}
