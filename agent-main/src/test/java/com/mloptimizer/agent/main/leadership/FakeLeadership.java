package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.kubernetes.WriteFence;
import java.util.List;
import java.util.Optional;

/** A leadership that is as a test says; leading at first. */
public final class FakeLeadership implements Leadership {
  private final List<String> calls;
  private volatile State state = State.LEADING;

  /** Notes "release" in this list. */
  public FakeLeadership(List<String> calls) {
    this.calls = calls;
  }

  /** From now on. */
  public void become(State value) {
    state = value;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public String lossReason() {
    return "";
  }

  @Override
  public long transitions() {
    return 0;
  }

  @Override
  public WriteFence fence() {
    return new SoleLeadership();
  }

  @Override
  public Optional<String> livenessProblem() {
    return Optional.empty();
  }

  @Override
  public String condition() {
    return "leadership";
  }

  @Override
  public Optional<String> missing() {
    return Optional.empty();
  }

  @Override
  public void start() {}

  @Override
  public void release() {
    calls.add("release");
  }

  @Override
  public void close() {}
}
