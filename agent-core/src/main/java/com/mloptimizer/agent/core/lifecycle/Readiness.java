package com.mloptimizer.agent.core.lifecycle;

import java.util.Optional;

/** A condition that must hold before the agent is of use; asked on every readiness probe. */
public interface Readiness {

  /**
   * The condition, in the past participle of what must have happened, for example {@code
   * registered}.
   */
  String condition();

  /**
   * What is missing and, if that is known, what to do; empty if the condition holds. Returns at
   * once.
   */
  Optional<String> missing();

  /**
   * What somebody who asks should know though the condition holds, for example {@code standing by
   * as follower}; usually nothing. Returns at once.
   */
  default Optional<String> remark() {
    return Optional.empty();
  }
}
