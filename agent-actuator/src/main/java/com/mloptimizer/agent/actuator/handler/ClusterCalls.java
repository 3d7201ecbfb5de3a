package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;

/**
 * Requests of one action: what is temporary is tried again until the action's deadline, what is
 * forbidden ends the action at once. A failed read therefore means neither "gone" nor "fatal".
 */
final class ClusterCalls {
  private static final Duration FIRST_DELAY = Duration.ofMillis(500);
  private static final Duration MAX_DELAY = Duration.ofSeconds(10);

  private final KubernetesClient kubernetes;
  private final ActionContext context;

  ClusterCalls(KubernetesClient kubernetes, ActionContext context) {
    this.kubernetes = kubernetes;
    this.context = context;
  }

  /** The object at that path; empty if there is none. */
  Optional<JsonNode> get(ResourcePath path)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ApiAnswer answer = send(ApiRequest.get(path));
    if (answer.statusCode() == 404) {
      return Optional.empty();
    }
    if (!answer.isSuccess()) {
      throw failed("get " + path, answer);
    }
    return Optional.of(answer.body());
  }

  /**
   * Sends until there is an answer that means something: success, or a refusal that only the caller
   * understands (404, 409, 422, 429 with a cause). Writes that are sent again must be idempotent.
   */
  ApiAnswer send(ApiRequest request)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Duration delay = FIRST_DELAY;
    while (true) {
      String trouble;
      Duration wait = jittered(delay);
      try {
        ApiAnswer answer = kubernetes.send(request);
        if (answer.statusCode() == 403 && !answer.hasCause("NamespaceTerminating")) {
          throw failed("forbidden", answer);
        }
        if (!isThrottled(answer)) {
          return answer;
        }
        trouble = answer.summary();
        wait = answer.retryAfter().orElse(wait);
      } catch (IOException e) {
        trouble = String.valueOf(e.getMessage());
      }
      context.pause(wait, "the API server (" + trouble + ")");
      delay = delay.multipliedBy(2).compareTo(MAX_DELAY) < 0 ? delay.multipliedBy(2) : MAX_DELAY;
    }
  }

  /** The end of an action that the API server does not let happen. */
  static ActionEndedException failed(String what, ApiAnswer answer) {
    return new ActionEndedException(Conclusion.of(Outcome.FAILED, what + ": " + answer.summary()));
  }

  /** 429 without a cause and 5xx are throttling or trouble, not answers. */
  private static boolean isThrottled(ApiAnswer answer) {
    return answer.statusCode() == 401
        || (answer.statusCode() == 429 && answer.causes().isEmpty())
        || (answer.statusCode() >= 500 && !Budgets.isTooMany(answer));
  }

  private static Duration jittered(Duration delay) {
    return Duration.ofMillis(
        delay.toMillis() / 2 + ThreadLocalRandom.current().nextLong(delay.toMillis() / 2 + 1));
  }
}
