package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the Lease can be read and written. An outage is logged when it begins and when it ends,
 * and counts for readiness only if it goes on. Thread-safe.
 */
final class LeaseTrouble {
  private static final Logger log = LoggerFactory.getLogger(LeaseTrouble.class);

  private final String lease;
  private final Duration patience;
  private final Ticker ticker;

  // Guarded by this.
  private @Nullable String cause = "it was not read yet";
  private boolean logged;
  private long soundNanos;

  /**
   * @param lease its name
   * @param patience how long an outage is nobody's business
   */
  LeaseTrouble(String lease, Duration patience, Ticker ticker) {
    this.lease = lease;
    this.patience = patience;
    this.ticker = ticker;
    this.soundNanos = ticker.nanos() - patience.toNanos();
  }

  /** A call was answered. */
  synchronized void over() {
    if (logged) {
      log.info("Lease {} can be used again", lease);
    }
    logged = false;
    cause = null;
    soundNanos = ticker.nanos();
  }

  /** A call failed. */
  synchronized void goesOn(String why) {
    if (!logged) {
      log.warn("Cannot use lease {}: {}", lease, why);
    }
    logged = true;
    cause = why;
  }

  /** What the last call failed with; empty if it was answered. */
  synchronized String cause() {
    return cause == null ? "" : cause;
  }

  /** What is wrong, if it has been for longer than is nobody's business. */
  synchronized Optional<String> lasting() {
    return ticker.nanos() - soundNanos < patience.toNanos()
        ? Optional.empty()
        : Optional.ofNullable(cause).map(why -> "lease " + lease + ": " + why);
  }
}
