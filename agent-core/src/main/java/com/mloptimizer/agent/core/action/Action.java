package com.mloptimizer.agent.core.action;

import java.time.Instant;

/**
 * An action that the backend has signed, parsed and within its period of validity.
 *
 * @param id chosen by the backend; the same id means the same action
 * @param clusterId the cluster that it is meant for
 * @param parameters what to do, by type
 * @param issuedAt start of its validity; deadlines count from here
 * @param expiresAt end of its validity: it is not accepted later than this plus the clock skew
 * @param dryRun whether the backend asks for the plan only
 */
public record Action(
    ActionId id,
    String clusterId,
    ActionParameters parameters,
    Instant issuedAt,
    Instant expiresAt,
    boolean dryRun) {

  /** The type that the parameters belong to. */
  public ActionType type() {
    return parameters.type();
  }

  /** The object that the action is about; actions on one target run one after the other. */
  public Target target() {
    return parameters.target();
  }

  /** When the agent stops working on it and reports what it did. */
  public Instant deadline() {
    return parameters.timeout().map(issuedAt::plus).orElse(expiresAt);
  }
}
