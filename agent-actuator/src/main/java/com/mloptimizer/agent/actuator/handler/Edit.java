package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Changes one object: reads it, lets the handler decide, sends what was decided. Whatever is
 * uncertain afterwards (a conflict, an answer that was lost) begins again from a fresh read, so
 * nothing is written twice and nothing is written blindly. The first read may be of the API
 * server's cache: a write names the version that it was decided about, and nothing else is decided
 * before a fresh read. Used once, by one thread.
 */
final class Edit {
  private static final Duration CONTENDED = Duration.ofMillis(50);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private final ClusterCalls calls;
  private final ActionContext context;
  private final ApiRequest read;
  private final String target;

  /** The object as it was when the latest write was decided that was not refused. */
  private @Nullable LiveObject before;

  /** The UID of the object that was there although a write of it was answered 404. */
  private @Nullable String unwritable;

  /** A write whose answer was lost: if the object is so now, this write may have made it so. */
  private Decision.@Nullable Write unanswered;

  /**
   * An edit of that object.
   *
   * @param target for the messages
   */
  Edit(ResourcePath path, String target, ClusterCalls calls, ActionContext context) {
    this(ApiRequest.get(path), target, calls, context);
  }

  /**
   * An edit of that object.
   *
   * @param read asks for as much of it as is needed to decide
   * @param target for the messages
   */
  Edit(ApiRequest read, String target, ClusterCalls calls, ActionContext context) {
    this.read = read;
    this.target = target;
    this.calls = calls;
    this.context = context;
  }

  /** Decides about the object as it is now. */
  @FunctionalInterface
  interface Decider {
    Decision decide(LiveObject object)
        throws ActionEndedException, SuspendedException, InterruptedException;
  }

  /** Judges how far a change is. */
  @FunctionalInterface
  interface Judge {
    /**
     * Judges.
     *
     * @param before the object that the change was made to: what its status says was about an
     *     earlier one; null if nothing was written
     */
    RolloutStatus judge(LiveObject now, @Nullable LiveObject before);
  }

  /**
   * Reads, decides and writes until one of them concludes.
   *
   * @param uid the only object to touch; null for whatever has the name
   */
  Conclusion carryOut(@Nullable String uid, Decider decider)
      throws ActionEndedException, SuspendedException, InterruptedException {
    // Costs etcd nothing, and may be behind.
    ApiRequest cached = read.query("resourceVersion", "0");
    Optional<Conclusion> conclusion = attempt(calls.get(cached), false, uid, decider);
    while (conclusion.isEmpty()) {
      conclusion = attempt(calls.get(read), true, uid, decider);
    }
    return conclusion.get();
  }

  /** What came of deciding about the object; empty if another read is due. */
  private Optional<Conclusion> attempt(
      Optional<JsonNode> found, boolean isFresh, @Nullable String uid, Decider decider)
      throws ActionEndedException, SuspendedException, InterruptedException {
    return switch (decide(found.map(LiveObject::new), uid, decider)) {
      case Decision.End(Conclusion end) -> isFresh ? Optional.of(end) : Optional.empty();
      case Decision.Write write -> write(write, new LiveObject(found.orElseThrow()));
    };
  }

  private Decision decide(Optional<LiveObject> found, @Nullable String uid, Decider decider)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (found.isEmpty()) {
      return new Decision.End(Conclusion.of(Outcome.FAILED, target + " not found"));
    }
    LiveObject object = found.get();
    Optional<Conclusion> stale = object.ifOtherThan(uid);
    if (stale.isPresent()) {
      return new Decision.End(stale.get());
    }
    return switch (decider.decide(object)) {
      case Decision.End(Conclusion end) -> new Decision.End(ours(end, object));
      case Decision.Write write -> write;
    };
  }

  /**
   * Waits until what was carried out has taken effect, if it stands.
   *
   * @param what is waited for, in messages and details
   * @param atMost how long; zero for not at all
   */
  Conclusion awaitEffect(Conclusion conclusion, String what, Duration atMost, Judge judge)
      throws SuspendedException, InterruptedException {
    if (!conclusion.stands() || atMost.isZero()) {
      return conclusion;
    }
    return new Wait(what, atMost, calls, context)
        .until(read.path(), conclusion, now -> judge.judge(now, before));
  }

  /** How the write ended; empty if only another read can tell. */
  private Optional<Conclusion> write(Decision.Write write, LiveObject object)
      throws ActionEndedException, SuspendedException, InterruptedException {
    before = object;
    ApiRequest request = write.request().metadataOnly(); // Of its success nothing else matters.
    Optional<ApiAnswer> answer = calls.writeAnyhow(context.dryRun() ? request.dryRun() : request);
    if (answer.isEmpty()) {
      unanswered = write;
      return Optional.empty();
    }
    if (ClusterCalls.isTrouble(answer.get())) {
      unanswered = answer.get().statusCode() >= 500 ? write : unanswered;
      calls.pauseAfter(answer.get());
      return Optional.empty();
    }
    if (answer.get().statusCode() == 404) {
      before = null;
      return notFound(write, object, answer.get());
    }
    if (answer.get().isSuccess()) {
      return Optional.of(
          context.dryRun()
              ? Conclusion.of(Outcome.PLANNED, write.plan(), write.details())
              : Conclusion.of(Outcome.CHANGED, write.done(), write.details()));
    }
    if (isConflict(answer.get())) {
      before = null;
      context.pause(CONTENDED, "a write of " + target + " that nobody contends");
      return Optional.empty();
    }
    return switch (answer.get().statusCode()) {
      case 400, 422 -> Optional.of(Conclusion.invalid(answer.get().message()));
      default -> throw ClusterCalls.failed("cannot change " + target, answer.get());
    };
  }

  /** The object has gone meanwhile, which the next read shows; or the server has no such part. */
  private Optional<Conclusion> notFound(Decision.Write write, LiveObject object, ApiAnswer answer)
      throws ActionEndedException, SuspendedException, InterruptedException {
    if (object.uid().equals(unwritable)) {
      Outcome outcome =
          write.request().path().equals(read.path()) ? Outcome.FAILED : Outcome.UNSUPPORTED;
      return Optional.of(
          Conclusion.of(outcome, "cannot change %s: %s".formatted(target, answer.summary())));
    }
    unwritable = object.uid();
    context.pause(LOOK_AGAIN, "an API server that finds " + target);
    return Optional.empty();
  }

  /** The object was changed, or replaced by another of its name, after it was read. */
  static boolean isConflict(ApiAnswer answer) {
    return answer.statusCode() == 409
        || (answer.statusCode() == 422
            && answer.causes().stream().anyMatch(cause -> cause.field().equals("metadata.uid")));
  }

  /** What this action wrote is its change, even if it learns of it by another read only. */
  private Conclusion ours(Conclusion conclusion, LiveObject object) {
    if (conclusion.outcome() != Outcome.NO_CHANGE) {
      return conclusion;
    }
    if (unanswered != null && !context.dryRun()) {
      return Conclusion.of(Outcome.CHANGED, unanswered.done(), unanswered.details());
    }
    return (context.resumedSince() != null && object.isWrittenByUsSince(context.resumedSince()))
        ? Conclusion.of(
            Outcome.CHANGED,
            conclusion.message() + ": an earlier attempt of this action did it",
            conclusion.details())
        : conclusion;
  }
}
