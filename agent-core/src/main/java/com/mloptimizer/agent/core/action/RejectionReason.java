package com.mloptimizer.agent.core.action;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Why the agent did not take an action, or would not carry it out. */
public enum RejectionReason {
  BAD_SIGNATURE,
  MALFORMED,
  WRONG_CLUSTER,
  EXPIRED,
  NOT_YET_VALID,
  TTL_TOO_LONG,
  UNKNOWN_TYPE,
  INVALID_PARAMETERS,
  ID_CONFLICT,
  CAPACITY,
  /** A local guardrail forbids it. */
  NOT_PERMITTED,
  /** A safety rule of the action itself forbids it. */
  UNSAFE;

  /** The name on the wire, for example {@code bad_signature}. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
