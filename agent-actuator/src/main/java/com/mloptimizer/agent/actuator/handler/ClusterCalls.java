package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Requests of one action. A read is tried until there is an answer that means something, a write
 * once, since only another read can tell what became of it; after trouble both wait for as long as
 * the server asks, or longer each time. What is forbidden ends the action at once. For one thread:
 * it remembers how long the trouble has lasted.
 */
final class ClusterCalls {
  private static final Duration FIRST_DELAY = Duration.ofMillis(500);
  private static final Duration MAX_DELAY = Duration.ofSeconds(10);
  private static final int GONE = 410;

  private final KubernetesClient kubernetes;
  private final ActionContext context;
  private final Semaphore inFlight;
  private Duration delay = FIRST_DELAY;

  ClusterCalls(KubernetesClient kubernetes, ActionContext context) {
    this(kubernetes, context, new Semaphore(Integer.MAX_VALUE));
  }

  /**
   * Requests that share a bound with those of other threads.
   *
   * @param inFlight a permit for each request that may be under way at a time
   */
  ClusterCalls(KubernetesClient kubernetes, ActionContext context, Semaphore inFlight) {
    this.kubernetes = kubernetes;
    this.context = context;
    this.inFlight = inFlight;
  }

  /** The same requests in other circumstances, such as an earlier deadline. */
  ClusterCalls within(ActionContext other) {
    return new ClusterCalls(kubernetes, other, inFlight);
  }

  /** The object at that path; empty if there is none. */
  Optional<JsonNode> get(ResourcePath path)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return get(ApiRequest.get(path));
  }

  /** The object that the request asks for; empty if there is none. */
  Optional<JsonNode> get(ApiRequest request)
      throws ActionEndedException, SuspendedException, InterruptedException {
    ApiAnswer answer = read(request);
    if (answer.statusCode() == 404) {
      return Optional.empty();
    }
    if (!answer.isSuccess()) {
      throw failed("get " + request.path(), answer);
    }
    return Optional.of(answer.body());
  }

  /**
   * All objects of a collection, as they are read from the stream: however large they are, no
   * answer is too long. From the start again if the server forgets its pages on the way.
   *
   * @return empty if this cluster has no such collection
   */
  Optional<List<LiveObject>> list(ResourcePath path, ListOptions options)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      List<LiveObject> objects = new ArrayList<>();
      try {
        switch (stream(path, options, objects)) {
          case ListOutcome.Listed _ -> {
            delay = FIRST_DELAY;
            return Optional.of(objects);
          }
          case ListOutcome.Refused(ApiAnswer answer) when answer.statusCode() == 404 -> {
            return Optional.empty();
          }
          case ListOutcome.Refused(ApiAnswer answer) when answer.statusCode() == 400 ->
              throw new ActionEndedException(Conclusion.invalid(answer.message()));
          case ListOutcome.Refused(ApiAnswer answer)
              when isTrouble(answer) || answer.statusCode() == GONE ->
              pauseAfter(answer);
          case ListOutcome.Refused(ApiAnswer answer) -> throw failed("list " + path, answer);
        }
      } catch (IOException e) {
        pause(jittered(delay), String.valueOf(e.getMessage()));
      }
    }
  }

  private ListOutcome stream(ResourcePath path, ListOptions options, List<LiveObject> into)
      throws IOException, ActionEndedException, SuspendedException, InterruptedException {
    context.acquire(inFlight);
    try {
      return kubernetes.list(
          path, options, parser -> new LiveObject(parser.readValueAsTree()), into::add);
    } finally {
      inFlight.release();
    }
  }

  /** Reads until there is an answer other than trouble. */
  private ApiAnswer read(ApiRequest request)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      Optional<ApiAnswer> answer = attempt(request, ClusterCalls::isTrouble, () -> {});
      if (answer.isPresent()) {
        return answer.get();
      }
    }
  }

  /**
   * Writes once; past the deadline not even that.
   *
   * @return empty if it is not known whether it was done; the wait that is due has passed then
   */
  Optional<ApiAnswer> write(ApiRequest request)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return attempt(request, ClusterCalls::isTrouble, () -> {});
  }

  /** As {@link #write}, for a caller that makes something of every answer. */
  Optional<ApiAnswer> writeAnyhow(ApiRequest request)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return writeAnyhow(request, () -> {});
  }

  /**
   * As {@link #write}, for a caller that makes something of every answer.
   *
   * @param sending told right before the request is sent, and not at all if it never is
   */
  Optional<ApiAnswer> writeAnyhow(ApiRequest request, Runnable sending)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return attempt(request, _ -> false, sending);
  }

  private Optional<ApiAnswer> attempt(
      ApiRequest request, Predicate<ApiAnswer> isTrouble, Runnable sending)
      throws ActionEndedException, SuspendedException, InterruptedException {
    try {
      ApiAnswer answer = send(request, sending);
      if (answer.statusCode() == 403 && !answer.hasCause("NamespaceTerminating")) {
        throw failed("forbidden", answer);
      }
      if (!isTrouble.test(answer)) {
        delay = FIRST_DELAY;
        return Optional.of(answer);
      }
      pauseAfter(answer);
    } catch (IOException e) {
      pause(jittered(delay), String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }

  /** Whether it may write is asked last: before, it may have waited long for its permit. */
  private ApiAnswer send(ApiRequest request, Runnable sending)
      throws IOException, ActionEndedException, SuspendedException, InterruptedException {
    context.acquire(inFlight);
    try {
      if (!request.isRead()) {
        context.requireClearance();
      }
      sending.run();
      return kubernetes.send(request);
    } finally {
      inFlight.release();
    }
  }

  /** Waits for as long as the server asks, or longer each time. */
  void pauseAfter(ApiAnswer answer)
      throws ActionEndedException, SuspendedException, InterruptedException {
    pause(answer.retryAfter().orElse(jittered(delay)), answer.summary());
  }

  private void pause(Duration wait, String trouble)
      throws ActionEndedException, SuspendedException, InterruptedException {
    Duration longer = delay.multipliedBy(2);
    delay = longer.compareTo(MAX_DELAY) < 0 ? longer : MAX_DELAY;
    context.pause(wait, "the API server (" + trouble + ")");
  }

  /** The end of an action that the API server does not let happen. */
  static ActionEndedException failed(String what, ApiAnswer answer) {
    return new ActionEndedException(Conclusion.of(Outcome.FAILED, what + ": " + answer.summary()));
  }

  /** 401 (the token was read again already), 429 and 5xx say nothing about the object. */
  static boolean isTrouble(ApiAnswer answer) {
    return answer.statusCode() == 401 || answer.statusCode() == 429 || answer.statusCode() >= 500;
  }

  private static Duration jittered(Duration delay) {
    return Duration.ofMillis(
        delay.toMillis() / 2 + ThreadLocalRandom.current().nextLong(delay.toMillis() / 2 + 1));
  }
}
