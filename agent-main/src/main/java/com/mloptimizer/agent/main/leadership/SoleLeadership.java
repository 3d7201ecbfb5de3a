package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.kubernetes.WriteFence;
import java.util.Optional;

/** The leadership of the only replica, which has nobody to share it with. */
public final class SoleLeadership implements Leadership, WriteFence {

  /** Leads from the start. */
  public SoleLeadership() {}

  @Override
  public State state() {
    return State.LEADING;
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
    return this;
  }

  @Override
  public void enter() {}

  @Override
  public void leave() {}

  @Override
  public String condition() {
    return "leadership";
  }

  @Override
  public Optional<String> missing() {
    return Optional.empty();
  }

  @Override
  public Optional<String> livenessProblem() {
    return Optional.empty();
  }

  @Override
  public void start() {}

  @Override
  public void release() {}

  @Override
  public void close() {}
}
