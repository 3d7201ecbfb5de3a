package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Logs envelopes that could not be verified: the first at once, later ones at most once a second
 * with the number of those that were not logged, so that an attacker cannot fill a disk. Safe for
 * use by several threads.
 */
final class RefusalLog {
  private static final long INTERVAL_NANOS = 1_000_000_000L;

  private final Logger log;
  private final AtomicLong lastNanos = new AtomicLong(System.nanoTime() - INTERVAL_NANOS);
  private final AtomicLong unlogged = new AtomicLong();

  RefusalLog(Logger log) {
    this.log = log;
  }

  void refused(ReceivedEnvelope envelope, RejectionReason reason, String message) {
    long last = lastNanos.get();
    long now = System.nanoTime();
    if (now - last < INTERVAL_NANOS || !lastNanos.compareAndSet(last, now)) {
      unlogged.incrementAndGet();
      return;
    }
    String what =
        reason == RejectionReason.BAD_SIGNATURE ? "Invalid signature" : "Invalid envelope";
    log.warn("{} on {}: {} ({} more not logged)", what, envelope, message, unlogged.getAndSet(0));
  }
}
