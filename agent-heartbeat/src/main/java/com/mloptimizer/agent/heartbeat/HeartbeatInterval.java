package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.config.TunableSettings;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a heartbeat is sent: as the backend wishes, else as configured. A wish holds until the
 * configured interval changes, so that the last word has effect, whichever way it came. Safe for
 * use by several threads.
 */
final class HeartbeatInterval {
  private static final Logger log = LoggerFactory.getLogger(HeartbeatInterval.class);

  private final Supplier<TunableSettings> settings;
  private volatile @Nullable Wish wish;

  HeartbeatInterval(Supplier<TunableSettings> settings) {
    this.settings = settings;
  }

  Duration get() {
    Duration configured = configured();
    Wish current = wish;
    return current != null && current.insteadOf().equals(configured)
        ? current.interval()
        : configured;
  }

  /** Takes a wish of the backend, unless it is out of bounds. */
  void wish(int seconds) {
    if (seconds < 1 || seconds > TunableSettings.MAX_INTERVAL_SECONDS) {
      log.warn(
          "Backend wishes a heartbeat every {} s, which is not within 1 and {}: keeping {} s",
          seconds,
          TunableSettings.MAX_INTERVAL_SECONDS,
          get().toSeconds());
      return;
    }
    wish = new Wish(Duration.ofSeconds(seconds), configured());
  }

  private Duration configured() {
    return settings.get().heartbeatInterval();
  }

  private record Wish(Duration interval, Duration insteadOf) {}
}
