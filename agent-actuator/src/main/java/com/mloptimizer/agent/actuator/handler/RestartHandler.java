package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters.RestartRollout;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code restart_rollout}: sets the annotation of {@code kubectl rollout restart} on the pod
 * template, to the time at which the action was issued, so that however often the action is
 * delivered there is one rollout.
 */
final class RestartHandler implements ActionHandler<RestartRollout> {
  private static final String RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

  private final KubernetesClient kubernetes;

  RestartHandler(KubernetesClient kubernetes) {
    this.kubernetes = kubernetes;
  }

  @Override
  public Conclusion handle(RestartRollout parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ClusterCalls calls = new ClusterCalls(kubernetes, context);
    ResourcePath path = parameters.target().path();
    Edit edit = new Edit(path, parameters.target().toString(), calls, context);
    Conclusion conclusion =
        edit.carryOut(null, workload -> decide(parameters, path, workload, context.issuedAt()));
    return edit.awaitEffect(
        conclusion,
        "rollout",
        parameters.waitFor(),
        (now, before) -> RolloutStatus.of(parameters.kind(), now, before));
  }

  static Decision decide(
      RestartRollout parameters, ResourcePath path, LiveObject workload, Instant issuedAt) {
    String before =
        workload
            .spec()
            .path("template")
            .path("metadata")
            .path("annotations")
            .path(RESTARTED_AT)
            .asString("");
    @Nullable Instant restartedAt = instant(before);
    if (restartedAt != null && !restartedAt.isBefore(issuedAt)) {
      return new Decision.End(
          Conclusion.of(
              Outcome.NO_CHANGE,
              "%s was restarted at %s already".formatted(parameters.target(), before)));
    }
    Optional<String> reason = forbidden(workload);
    if (reason.isPresent()) {
      return new Decision.End(
          Conclusion.unsafe(parameters.target() + " is not restarted: " + reason.get()));
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    workload.bind(patch);
    patch
        .putObject("spec")
        .putObject("template")
        .putObject("metadata")
        .putObject("annotations")
        .put(RESTARTED_AT, issuedAt.toString());
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.putObject("before").put("restarted_at", before.isEmpty() ? null : before);
    details.putObject("after").put("restarted_at", issuedAt.toString());
    return new Decision.Write(
        ApiRequest.mergePatch(path, patch),
        parameters.target() + " would be restarted",
        "restarted " + parameters.target(),
        details);
  }

  /** Why the annotation would restart nothing. */
  private static Optional<String> forbidden(LiveObject workload) {
    if (workload.spec().path("paused").asBoolean(false)) {
      return Optional.of("it is paused");
    }
    return workload.spec().path("updateStrategy").path("type").asString("").equals("OnDelete")
        ? Optional.of("its update strategy is OnDelete, which replaces no pod by itself")
        : Optional.empty();
  }

  /** The time, which kubectl writes with the offset of the machine that it runs on. */
  private static @Nullable Instant instant(String text) {
    try {
      return text.isEmpty() ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      return null; // Somebody's own note; it says nothing about time.
    }
  }
}
