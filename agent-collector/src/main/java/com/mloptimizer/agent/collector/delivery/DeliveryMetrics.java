package com.mloptimizer.agent.collector.delivery;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * What becomes of batches, for Prometheus:
 *
 * <pre>
 * agent_batches_sent_total 42.0
 * agent_batches_dropped_total{reason="disk"} 0.0
 * agent_records_sent_total 4200.0
 * agent_spool_bytes 13210.0
 * </pre>
 */
public final class DeliveryMetrics {

  /** Why a batch was lost. */
  public enum Loss {
    /** It could not be written to disk. */
    DISK,
    /** Newer ones needed the room. */
    EVICTED,
    /** It could not be read back. */
    DAMAGED,
    /** The backend refused it for good. */
    REFUSED,
    /** One record, and still too large for the backend. */
    TOO_LARGE
  }

  private final Counter sent;
  private final Counter records;
  private final Counter dropped;

  /** Registers them. */
  public DeliveryMetrics(CollectorRegistry registry) {
    this.sent =
        Counter.build("agent_batches_sent_total", "Batches that the backend acknowledged.")
            .register(registry);
    this.records =
        Counter.build("agent_records_sent_total", "Records that the backend acknowledged.")
            .register(registry);
    this.dropped =
        Counter.build("agent_batches_dropped_total", "Batches that were lost, by reason.")
            .labelNames("reason")
            .register(registry);
    for (Loss loss : Loss.values()) {
      dropped.labels(label(loss));
    }
  }

  void sent(int recordsInBatch) {
    sent.inc();
    records.inc(recordsInBatch);
  }

  /** So many batches were lost. */
  public void dropped(Loss loss, int batches) {
    dropped.labels(label(loss)).inc(batches);
  }

  /** Registers what waits in the spool, which is asked whenever somebody wants to know. */
  public static void registerSpoolBytes(CollectorRegistry registry, LongSupplier waitingBytes) {
    Gauge.build("agent_spool_bytes", "Disk that waiting batches take.")
        .create()
        .setChild(
            new Gauge.Child() {
              @Override
              public double get() {
                return (double) waitingBytes.getAsLong();
              }
            })
        .register(registry);
  }

  /** All batches lost so far, as the heartbeat reports them. */
  public long droppedTotal() {
    double total = 0;
    for (Loss loss : Loss.values()) {
      total += dropped.labels(label(loss)).get();
    }
    return (long) total;
  }

  private static String label(Loss loss) {
    return loss.name().toLowerCase(Locale.ROOT);
  }
}
