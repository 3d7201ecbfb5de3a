package com.mloptimizer.agent.main.leadership;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When the Lease was last seen to change, by this process' own clock. The times that stand in it
 * are another machine's, whose clock may be wrong, and are not looked at.
 */
final class LeaseWatch {
  private final Duration usualDuration;
  private @Nullable Lease seen;
  private long changedNanos;

  /**
   * @param usualDuration stands in for one that the Lease does not tell
   */
  LeaseWatch(Duration usualDuration) {
    this.usualDuration = usualDuration;
  }

  /** It was so, no later than then. */
  void see(Lease lease, long nanos) {
    if (seen == null || !seen.isSameTenure(lease)) {
      changedNanos = nanos;
    }
    seen = lease;
  }

  /** Who was last seen to hold it; empty if nobody was. */
  String holder() {
    return seen == null ? "" : seen.holder();
  }

  /**
   * How long until it may be taken over if it does not change; nothing or less if it may be now.
   */
  Duration untilFree(long nanos) {
    if (seen == null || seen.holder().isEmpty()) {
      return Duration.ZERO;
    }
    Duration duration = seen.duration().isZero() ? usualDuration : seen.duration();
    return duration.minusNanos(nanos - changedNanos);
  }
}
