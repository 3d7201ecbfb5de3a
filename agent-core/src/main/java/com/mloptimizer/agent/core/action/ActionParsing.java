package com.mloptimizer.agent.core.action;

import org.jspecify.annotations.Nullable;

/** What {@link ActionParser} made of a verified payload. */
public sealed interface ActionParsing {

  /** An action that may be carried out. */
  record Accepted(Action action) implements ActionParsing {}

  /**
   * A payload that is none.
   *
   * @param id the action's id, if that much could be read
   */
  record Rejected(@Nullable ActionId id, RejectionReason reason, String message)
      implements ActionParsing {}
}
