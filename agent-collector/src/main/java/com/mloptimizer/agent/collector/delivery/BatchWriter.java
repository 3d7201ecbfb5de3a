package com.mloptimizer.agent.collector.delivery;

import com.mloptimizer.agent.collector.spool.AppendOutcome;
import com.mloptimizer.agent.collector.spool.Spool;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs records into batches, numbers these from 1, and puts them into the spool in that order.
 * Thread-safe: the cycle writes, and the sender does when it has to split a batch.
 */
public final class BatchWriter {

  /** Before compression; the bound of protocol section 6. */
  static final int MAX_BATCH_BYTES = 512 << 10;

  /** Below that, smaller batches would cost more than a few that have to be split. */
  private static final int MIN_BATCH_BYTES = 16 << 10;

  private static final Logger log = LoggerFactory.getLogger(BatchWriter.class);

  private final AgentIdentity identity;
  private final ProtocolCodec codec;
  private final Spool spool;
  private final DeliveryMetrics metrics;
  private final InstantSource clock;

  // Guarded by this.
  private long sequence;
  private int maxBytes = MAX_BATCH_BYTES;
  private Optional<String> problem = Optional.empty();

  /** Writes what this agent collects. */
  public BatchWriter(
      AgentIdentity identity,
      ProtocolCodec codec,
      Spool spool,
      DeliveryMetrics metrics,
      InstantSource clock) {
    this.identity = identity;
    this.codec = codec;
    this.spool = spool;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Puts all of these into the spool, so many in a batch at most. They are taken one at a time: no
   * more than a batch of them is in memory.
   *
   * @return whether every batch now waits in the spool; those that don't are lost and counted
   */
  public synchronized boolean write(Stream<? extends MetricRecord> records, int batchSize) {
    Pending pending = new Pending(batchSize);
    records.forEachOrdered(record -> pending.add(codec.encode(record)));
    return pending.end();
  }

  /**
   * Keeps later batches smaller than one that the backend found too large, for as long as this
   * process runs.
   */
  synchronized void rejected(int bytes) {
    maxBytes = Math.min(maxBytes, Math.max(MIN_BATCH_BYTES, bytes / 2));
  }

  /** Why batches are lost instead of spooled; empty if they aren't. */
  public synchronized Optional<String> problem() {
    return problem;
  }

  private final class Pending {
    private final int batchSize;
    private final int room = roomForRecords();
    private Batch batch = new Batch();
    private boolean complete = true;

    Pending(int batchSize) {
      this.batchSize = batchSize;
    }

    void add(byte[] json) {
      if (!batch.isEmpty()
          && (batch.count() >= batchSize || batch.bytes() + json.length + 1 > room)) {
        end();
      }
      batch.add(json);
    }

    boolean end() {
      if (!batch.isEmpty()) {
        complete &= append(batch);
        batch = new Batch();
      }
      return complete;
    }
  }

  /** What the envelope leaves of a batch, counted generously. */
  private int roomForRecords() {
    return maxBytes
        - 256
        - 6 * (identity.clusterId().length() + identity.agentId().length())
        - 6 * identity.bootId().length();
  }

  private boolean append(Batch batch) {
    sequence++;
    Instant now = clock.instant();
    MetricsBatch empty =
        new MetricsBatch(
            identity.clusterId(), identity.agentId(), identity.bootId(), sequence, now, List.of());
    SpooledBatch whole = batch.in(codec.encode(empty), empty.idempotencyKey());
    AppendOutcome outcome = spool.append(whole.encode());
    switch (outcome) {
      case AppendOutcome.Appended() -> {
        if (problem.isPresent()) {
          log.info("Spooling metrics again");
          problem = Optional.empty();
        }
      }
      case AppendOutcome.Dropped(String reason) -> {
        metrics.dropped(DeliveryMetrics.Loss.DISK, 1);
        if (problem.isEmpty()) {
          log.error("Dropping metrics, the spool takes none: {}", reason);
        }
        problem = Optional.of("spool: " + reason);
      }
    }
    return outcome instanceof AppendOutcome.Appended;
  }
}
