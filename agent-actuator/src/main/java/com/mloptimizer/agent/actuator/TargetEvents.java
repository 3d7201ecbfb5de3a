package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Target;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Leaves a Kubernetes Event on the target of each action that ended, so that {@code kubectl
 * describe} shows who did what. An event that cannot be written is a log line and nothing else.
 */
final class TargetEvents {
  private static final Logger log = LoggerFactory.getLogger(TargetEvents.class);
  private static final int MAX_MESSAGE = 1000;

  private final KubernetesClient kubernetes;
  private final String reporter;
  private final WriteBehind behind;

  TargetEvents(KubernetesClient kubernetes, String reporter, WriteBehind behind) {
    this.kubernetes = kubernetes;
    this.reporter = reporter;
    this.behind = behind;
  }

  /** Returns at once. */
  void ended(Action action, ActionResult result) {
    if (!action.target().isAction() && !behind.submit(() -> write(action, result))) {
      log.warn("No event on {}: too many wait to be written", action.target());
    }
  }

  private void write(Action action, ActionResult result) {
    Target target = action.target();
    // Events about what has no namespace belong to the default one.
    String namespace = target.namespace() == null ? "default" : target.namespace();
    try (var _ = MDC.putCloseable(ActionContext.MDC_KEY, action.id().value())) {
      ApiAnswer answer =
          kubernetes.send(
              ApiRequest.post(
                  ResourcePath.core("events").namespace(namespace),
                  event(action, result, namespace, uid(target, result))));
      if (!answer.isSuccess()) {
        log.warn("No event on {}: {}", target, answer.summary());
      }
    } catch (IOException e) {
      log.warn("No event on {}: {}", target, e.getMessage());
    }
  }

  /**
   * By the UID {@code kubectl describe} finds an object's Events. A pod that was evicted is gone by
   * now; a node's are found by its name, as kubelets do it.
   */
  private String uid(Target target, ActionResult result) throws IOException {
    if (target.kind().equals("Node")) {
      return target.name();
    }
    String evicted = result.details().path("pod_uid").asString("");
    return evicted.isEmpty()
        ? kubernetes
            .send(ApiRequest.get(target.path()))
            .body()
            .path("metadata")
            .path("uid")
            .asString("")
        : evicted;
  }

  private ObjectNode event(Action action, ActionResult result, String namespace, String uid) {
    Target target = action.target();
    String time = result.finishedAt().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("apiVersion", "v1").put("kind", "Event");
    event.putObject("metadata").put("generateName", action.id() + ".").put("namespace", namespace);
    ObjectNode involved = event.putObject("involvedObject");
    involved.put("apiVersion", target.apiVersion());
    involved.put("kind", target.kind()).put("name", target.name());
    if (!uid.isEmpty()) {
      involved.put("uid", uid);
    }
    if (target.namespace() != null) {
      involved.put("namespace", namespace);
    }
    event.put("reason", action.type().wireName());
    event.put("message", message(action, result));
    event.put("type", result.success() ? "Normal" : "Warning");
    event.put("firstTimestamp", time).put("lastTimestamp", time).put("count", 1);
    event.putObject("source").put("component", ApiRequest.FIELD_MANAGER);
    event.put("reportingComponent", ApiRequest.FIELD_MANAGER).put("reportingInstance", reporter);
    return event;
  }

  /** By the action's id somebody finds it again, so whatever is cut off, that is not. */
  private static String message(Action action, ActionResult result) {
    String end = " (%s, action %s)".formatted(result.outcome().wireName(), action.id());
    String message = result.message();
    int length = Math.min(message.length(), MAX_MESSAGE - end.length());
    boolean splits = length < message.length() && Character.isLowSurrogate(message.charAt(length));
    return message.substring(0, splits ? length - 1 : length) + end;
  }
}
