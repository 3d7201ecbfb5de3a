package com.mloptimizer.agent.collector.delivery;

import com.mloptimizer.agent.collector.BatchSink;
import com.mloptimizer.agent.collector.spool.Spool;
import com.mloptimizer.agent.collector.spool.SpoolEntry;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.JsonBody;
import com.mloptimizer.agent.core.backend.RetryOutcome;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Delivers what the spool holds, oldest first, on the thread that runs it. The first batch that the
 * backend cannot take now holds up all others: order is kept, and a backend that is away is asked
 * by one request at a time.
 */
public final class BatchSender {

  private static final Logger log = LoggerFactory.getLogger(BatchSender.class);
  private static final Duration IDLE_WAIT = Duration.ofSeconds(1);

  /** Far more than any batch; a stored one that claims more is not ours. */
  private static final int MAX_JSON_BYTES = 16 << 20;

  private final Spool spool;
  private final BatchWriter writer;
  private final BatchSink sink;
  private final ProtocolCodec codec;
  private final DeliveryMetrics metrics;
  private final BackendRetry retry;
  private final ComponentHealth health;
  private final StopSignal stop = new StopSignal();

  private volatile boolean finishing;
  private int sentRecords;

  /**
   * Delivers from this spool to this sink.
   *
   * @param health of the delivery alone; what waits for the backend must not pass for a collection
   *     that goes on
   */
  public BatchSender(
      Spool spool,
      BatchWriter writer,
      BatchSink sink,
      ProtocolCodec codec,
      DeliveryMetrics metrics,
      BackendRetry retry,
      ComponentHealth health) {
    this.spool = spool;
    this.writer = writer;
    this.sink = sink;
    this.codec = codec;
    this.metrics = metrics;
    this.retry = retry;
    this.health = health;
  }

  /** Runs until it is stopped, or, once it is finishing, until nothing waits. */
  public void run() throws InterruptedException {
    while (!stop.isRequested()) {
      Optional<SpoolEntry> entry = finishing ? spool.peek() : spool.await(IDLE_WAIT);
      if (entry.isPresent()) {
        deliver(entry.get());
      }
      if (entry.isEmpty() || spool.entries() == 0) {
        tellSent();
        if (finishing) {
          return;
        }
      }
    }
  }

  /** Lets the run deliver what waits, and then return. */
  public void finish() {
    finishing = true;
    spool.wakeUp();
  }

  /** Lets the run return as soon as the attempt under way is over. */
  public void stop() {
    stop.request();
    spool.wakeUp();
  }

  /** Why nothing is delivered; empty if it is. */
  public Optional<String> problem() {
    return Optional.ofNullable(health.status().error());
  }

  private void deliver(SpoolEntry entry) throws InterruptedException {
    SpooledBatch batch;
    try {
      batch = SpooledBatch.decode(entry.payload());
    } catch (IOException e) {
      log.warn("Dropping a batch that cannot be read from the spool: {}", e.getMessage());
      metrics.dropped(DeliveryMetrics.Loss.DAMAGED, 1);
      spool.remove(entry);
      return;
    }
    Optional<SpooledBatch> rest = Optional.of(batch);
    while (rest.isPresent()) {
      rest = attempt(rest.get(), entry);
    }
  }

  /** Sends once; answers what is left of the batch if it was too large. */
  private Optional<SpooledBatch> attempt(SpooledBatch batch, SpoolEntry entry)
      throws InterruptedException {
    RetryOutcome<Backend.Nothing> outcome =
        retry.untilAnswered(
            "metrics", health, stop, () -> sink.send(batch.body(), batch.idempotencyKey()));
    switch (outcome) {
      case RetryOutcome.Done<Backend.Nothing> done -> {
        spool.remove(entry);
        metrics.sent(batch.records());
        sentRecords += batch.records();
        health.succeeded();
      }
      case RetryOutcome.TooLarge<Backend.Nothing> tooLarge -> {
        Optional<SpooledBatch> half = split(batch);
        if (half.isEmpty()) {
          spool.remove(entry);
          health.succeeded();
        }
        return half;
      }
      case RetryOutcome.Refused<Backend.Nothing> refused -> {
        metrics.dropped(DeliveryMetrics.Loss.REFUSED, 1);
        spool.remove(entry);
        health.failed("backend: refuses batches with status " + refused.status());
      }
      case RetryOutcome.Stopped<Backend.Nothing> stopped ->
          log.debug("Leaving batch {} in the spool", batch.idempotencyKey());
    }
    return Optional.empty();
  }

  /**
   * The second half goes to the end of the spool under a number of its own; the first one, which is
   * answered, keeps the number, under which the backend has nothing yet. So no number is missing in
   * what arrives. In this order, because a crash in between must only repeat records, not lose any.
   */
  private Optional<SpooledBatch> split(SpooledBatch batch) {
    MetricsBatch whole;
    int bytes;
    try {
      byte[] json = batch.body().json(MAX_JSON_BYTES);
      bytes = json.length;
      whole = codec.decode(json, MetricsBatch.class);
    } catch (JacksonException | IOException e) {
      log.warn(
          "Dropping batch {}, too large and unreadable: {}",
          batch.idempotencyKey(),
          e.getMessage());
      metrics.dropped(DeliveryMetrics.Loss.DAMAGED, 1);
      return Optional.empty();
    }
    List<MetricRecord> records = whole.metrics();
    if (records.size() < 2) {
      log.warn("Dropping batch {}: one record, too large", batch.idempotencyKey());
      metrics.dropped(DeliveryMetrics.Loss.TOO_LARGE, 1);
      return Optional.empty();
    }
    log.info("Splitting batch {}: too large for the backend", batch.idempotencyKey());
    writer.rejected(bytes);
    int middle = (records.size() + 1) / 2;
    writer.write(records.subList(middle, records.size()).stream(), records.size());
    MetricsBatch first =
        new MetricsBatch(
            whole.clusterId(),
            whole.agentId(),
            whole.bootId(),
            whole.sequence(),
            whole.timestamp(),
            records.subList(0, middle));
    return Optional.of(
        new SpooledBatch(batch.idempotencyKey(), middle, JsonBody.of(codec.encode(first))));
  }

  private void tellSent() {
    if (sentRecords > 0) {
      log.info("Successfully sent {} metrics to backend", sentRecords);
      sentRecords = 0;
    }
  }
}
