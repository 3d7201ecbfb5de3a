package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.Target;
import java.util.Optional;
import java.util.Set;

/**
 * What this agent does not do, whoever asks. Applied when an action is about to run; nothing that
 * the backend sends can change it.
 */
final class Guardrails {
  private final Set<String> protectedNamespaces;

  /** Protects the objects of these namespaces. */
  Guardrails(Set<String> protectedNamespaces) {
    this.protectedNamespaces = Set.copyOf(protectedNamespaces);
  }

  /** The rule that the action violates, for a person; empty if none does. */
  Optional<String> violatedBy(Action action) {
    Target target = action.target();
    if (target.namespace() != null && protectedNamespaces.contains(target.namespace())) {
      return Optional.of("protected namespaces: " + target.namespace());
    }
    return Optional.empty();
  }
}
