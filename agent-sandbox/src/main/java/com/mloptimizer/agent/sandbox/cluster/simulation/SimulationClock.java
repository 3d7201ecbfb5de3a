package com.mloptimizer.agent.sandbox.cluster.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's time. While the cluster is set up it stands in the past and moves by steps, so that
 * the first objects are hours old when the first caller sees them, and setting up goes the same way
 * every time; then it is the real one.
 */
public final class SimulationClock implements InstantSource {
  private final InstantSource real;
  private volatile @Nullable Instant past;

  /** Stands at an age before now. */
  public SimulationClock(InstantSource real, Duration age) {
    this.real = real;
    this.past = real.instant().minus(age);
  }

  @Override
  public Instant instant() {
    Instant standing = past;
    return standing == null ? real.instant() : standing;
  }

  void advance(Duration step) {
    past = instant().plus(step);
  }

  void catchUp() {
    past = null;
  }
}
