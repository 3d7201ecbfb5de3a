package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From the first heartbeat that the backend does not take to the one that it takes: two log lines.
 */
final class HeartbeatOutage {
  private static final Logger log = LoggerFactory.getLogger(HeartbeatOutage.class);

  private final Ticker ticker;
  private int failures;
  private long sinceNanos;

  HeartbeatOutage(Ticker ticker) {
    this.ticker = ticker;
  }

  void goesOn(String cause) {
    if (failures++ == 0) {
      sinceNanos = ticker.nanos();
      log.warn("Backend does not take heartbeats, going on with each interval: {}", cause);
    } else {
      log.debug("Backend still does not take heartbeats: {}", cause);
    }
  }

  void ended() {
    if (failures > 0) {
      long seconds = Duration.ofNanos(ticker.nanos() - sinceNanos).toSeconds();
      log.info("Backend takes heartbeats again after {} s, {} were lost", seconds, failures);
      failures = 0;
    }
  }
}
