package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionParameters.ScaleWorkload;
import com.mloptimizer.agent.core.action.ActionParameters.UpdateDeployment;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Target;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rules that need nothing but the action, its target's labels and the time. */
final class ActionRules {
  private final GuardrailConfiguration configuration;
  private final @Nullable String ownNamespace;

  /**
   * @param ownNamespace null outside of a cluster, where there is none to protect
   */
  ActionRules(GuardrailConfiguration configuration, @Nullable String ownNamespace) {
    this.configuration = configuration;
    this.ownNamespace = ownNamespace;
  }

  /** What speaks against the action at any time, in a dry run too. */
  Optional<Violation> forbidding(Action action) {
    if (!changesCluster(action)) {
      return Optional.empty();
    }
    if (!configuration.allowedActions().contains(action.type())) {
      return violation(
          GuardrailRule.ALLOWED_ACTIONS,
          "%s is not among %s"
              .formatted(
                  action.type().wireName(), configuration.settings().get("allowed_actions")));
    }
    @Nullable String namespace = namespace(action.target());
    if (namespace != null && configuration.protectedNamespaces().contains(namespace)) {
      return violation(
          GuardrailRule.PROTECTED_NAMESPACES, action.target() + " is in namespace " + namespace);
    }
    if (namespace != null && namespace.equals(ownNamespace)) {
      return violation(
          GuardrailRule.OWN_NAMESPACE, action.target() + " is in the agent's own " + namespace);
    }
    @Nullable Integer replicas = replicas(action);
    @Nullable Integer most = configuration.maxReplicas();
    if (replicas != null && most != null && replicas > most) {
      return violation(GuardrailRule.MAX_REPLICAS, replicas + " are more than " + most);
    }
    return Optional.empty();
  }

  /** What the labels of an object speak against touching it. */
  Optional<Violation> forbidding(String object, Map<String, String> labels) {
    return configuration.protectedSelector().selects(labels)
        ? violation(
            GuardrailRule.PROTECTED_SELECTOR,
            object + " matches " + configuration.protectedSelector())
        : Optional.empty();
  }

  /** What forbids evicting a pod that is not the target itself. */
  Optional<Violation> forbiddingEviction(
      String namespace, String name, Map<String, String> labels, boolean own) {
    String pod = namespace + "/" + name;
    return !own && configuration.protectedNamespaces().contains(namespace)
        ? violation(GuardrailRule.PROTECTED_NAMESPACES, pod + " is in namespace " + namespace)
        : forbidding(pod, labels);
  }

  /** The schedule that lets nothing start now. */
  Optional<Violation> freezing(Action action, Instant now) {
    return changesCluster(action)
        ? FreezeWindow.at(configuration.freezeSchedules(), now)
            .map(window ->
                new Violation(
                    GuardrailRule.FREEZE_SCHEDULES,
                    "%s until %s".formatted(window.schedule().name(), window.end())))
        : Optional.empty();
  }

  /** Cancelling makes the agent do less; it must be possible when nothing else is. */
  static boolean changesCluster(Action action) {
    return action.type() != ActionType.CANCEL_ACTION;
  }

  /** Where the target is; a Namespace is in itself. */
  private static @Nullable String namespace(Target target) {
    return target.kind().equals("Namespace") ? target.name() : target.namespace();
  }

  private static @Nullable Integer replicas(Action action) {
    return switch (action.parameters()) {
      case ScaleWorkload p -> p.replicas();
      case UpdateDeployment p -> p.replicas();
      default -> null;
    };
  }

  private static Optional<Violation> violation(GuardrailRule rule, String why) {
    return Optional.of(new Violation(rule, why));
  }
}
