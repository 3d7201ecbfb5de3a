package com.mloptimizer.agent.sandbox.cluster.api;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Sees every call before it is served, and may disturb it. Called by many threads. */
@FunctionalInterface
public interface Gate {
  /** What happens to one call. */
  record Verdict(Duration delay, Optional<Answer> answer) {
    /** The call is served as usual. */
    public static final Verdict PASS = new Verdict(Duration.ZERO, Optional.empty());
  }

  /**
   * An answer in place of the real one.
   *
   * @param retryAfterSeconds sent as Retry-After unless it is 0
   * @param status the Status object
   */
  record Answer(int code, int retryAfterSeconds, JsonNode status) {}

  /**
   * Notes the call and decides about it.
   *
   * @param caller as {@link Access#caller} has it
   */
  Verdict admit(String method, String path, String query, String caller);
}
