package com.mloptimizer.agent.core.lifecycle;

import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a component says of itself: that its loop came round, that it succeeded, or that it cannot.
 * Progress is what liveness is measured by; health is what the heartbeat reports. Safe for use by
 * several threads.
 */
public final class ComponentHealth {
  private final ComponentName name;
  private final InstantSource clock;
  private final Ticker ticker;

  // Guarded by this.
  private boolean healthy = true;
  private Instant since;
  private @Nullable Instant begunAt;
  private @Nullable Instant lastSuccessAt;
  private @Nullable String error;
  private int restarts;
  private long progressNanos;

  /** A component that is healthy and has made progress just now. */
  public ComponentHealth(ComponentName name, InstantSource clock, Ticker ticker) {
    this.name = name;
    this.clock = clock;
    this.ticker = ticker;
    this.since = now();
    this.progressNanos = ticker.nanos();
  }

  /** Whose health it is. */
  public ComponentName name() {
    return name;
  }

  /** The component was started; only the first time counts. */
  public synchronized void begun() {
    progress();
    if (begunAt == null) {
      begunAt = now();
    }
  }

  /** The loop came round. */
  public synchronized void progress() {
    progressNanos = ticker.nanos();
  }

  /** The loop came round and did its work. */
  public synchronized void succeeded() {
    progress();
    lastSuccessAt = now();
    become(true, null);
  }

  /**
   * The loop came round and did its work, but something that it does not wait for is amiss: what it
   * made cannot be delivered, for example.
   */
  public synchronized void succeededDespite(String reason) {
    progress();
    lastSuccessAt = now();
    become(false, reason);
  }

  /** The loop came round and could not do its work, for a reason that an operator understands. */
  public synchronized void failed(String reason) {
    progress();
    become(false, reason);
  }

  /** The loop was started anew because of what it ended with. */
  public synchronized void restarted(String reason) {
    restarts++;
    failed(reason);
  }

  /** How long ago the loop last came round. */
  public synchronized Duration sinceProgress() {
    return Duration.ofNanos(ticker.nanos() - progressNanos);
  }

  /**
   * How long ago it last succeeded, or was started if it never has; empty for one that never was,
   * since this process does not lead for example.
   */
  public synchronized Optional<Duration> sinceSuccess() {
    Instant last = lastSuccessAt == null ? begunAt : lastSuccessAt;
    return Optional.ofNullable(last).map(from -> Duration.between(from, now()));
  }

  /** As the heartbeat reports it. */
  public synchronized ComponentStatus status() {
    return new ComponentStatus(healthy, since, lastSuccessAt, restarts, error);
  }

  private void become(boolean nowHealthy, @Nullable String reason) {
    if (healthy != nowHealthy) {
      healthy = nowHealthy;
      since = now();
    }
    error = reason;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
