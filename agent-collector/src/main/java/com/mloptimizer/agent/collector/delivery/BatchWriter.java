package com.mloptimizer.agent.collector.delivery;

import com.mloptimizer.agent.collector.spool.AppendOutcome;
import com.mloptimizer.agent.collector.spool.Spool;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs records into batches, numbers these from 1, and puts them into the spool in that order.
 * Thread-safe: the cycle writes, and the sender does when it has to split a batch.
 */
public final class BatchWriter {

  /** Before compression; the bound of protocol section 6. */
  static final int MAX_BATCH_BYTES = 512 << 10;

  private static final Logger log = LoggerFactory.getLogger(BatchWriter.class);
  private static final byte[] EMPTY_END = "[]}".getBytes(StandardCharsets.US_ASCII);

  private final AgentIdentity identity;
  private final ProtocolCodec codec;
  private final Spool spool;
  private final DeliveryMetrics metrics;
  private final InstantSource clock;

  // Guarded by this.
  private long sequence;
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

  /** Puts all of these into the spool, so many in a batch at most. */
  public synchronized void write(List<? extends MetricRecord> records, int batchSize) {
    List<byte[]> batch = new ArrayList<>();
    long bytes = 0;
    for (MetricRecord record : records) {
      byte[] json = codec.encode(record);
      if (!batch.isEmpty()
          && (batch.size() >= batchSize || bytes + json.length + 1 > roomForRecords())) {
        flush(batch);
        batch.clear();
        bytes = 0;
      }
      batch.add(json);
      bytes += json.length + 1;
    }
    if (!batch.isEmpty()) {
      flush(batch);
    }
  }

  /** Why batches are lost instead of spooled; empty if they aren't. */
  public synchronized Optional<String> problem() {
    return problem;
  }

  /** What the envelope leaves of a batch, counted generously. */
  private int roomForRecords() {
    return MAX_BATCH_BYTES
        - 256
        - 6 * (identity.clusterId().length() + identity.agentId().length())
        - 6 * identity.bootId().length();
  }

  private void flush(List<byte[]> records) {
    sequence++;
    Instant now = clock.instant();
    MetricsBatch empty =
        new MetricsBatch(
            identity.clusterId(), identity.agentId(), identity.bootId(), sequence, now, List.of());
    SpooledBatch batch =
        new SpooledBatch(
            empty.idempotencyKey(), records.size(), filled(codec.encode(empty), records));
    switch (spool.append(batch.encode())) {
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
    metrics.spoolBytes(spool.bytes());
  }

  /** The records are encoded once, one by one, to know their length; here they are put in place. */
  private static byte[] filled(byte[] emptyBatch, List<byte[]> records) {
    int head = emptyBatch.length - EMPTY_END.length;
    if (!endsWithEmptyArray(emptyBatch, head)) {
      throw new IllegalStateException("metrics must be the last field of a batch");
    }
    ByteArrayOutputStream json =
        new ByteArrayOutputStream(
            emptyBatch.length + records.stream().mapToInt(each -> each.length + 1).sum());
    json.write(emptyBatch, 0, head);
    int separator = '[';
    for (byte[] record : records) {
      json.write(separator);
      json.writeBytes(record);
      separator = ',';
    }
    json.write(']');
    json.write('}');
    return json.toByteArray();
  }

  private static boolean endsWithEmptyArray(byte[] json, int head) {
    return java.util.Arrays.equals(json, head, json.length, EMPTY_END, 0, EMPTY_END.length);
  }
}
