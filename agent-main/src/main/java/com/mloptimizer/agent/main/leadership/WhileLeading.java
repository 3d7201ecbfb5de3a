package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.lifecycle.Readiness;
import java.util.Optional;

/** A condition that only the leader has to meet: a follower is ready without it. */
public record WhileLeading(Readiness ofTheLeader, Leadership leadership) implements Readiness {

  @Override
  public String condition() {
    return ofTheLeader.condition();
  }

  @Override
  public Optional<String> missing() {
    return leadership.isLeading() ? ofTheLeader.missing() : Optional.empty();
  }

  @Override
  public Optional<String> remark() {
    return leadership.isLeading() ? ofTheLeader.remark() : Optional.empty();
  }
}
