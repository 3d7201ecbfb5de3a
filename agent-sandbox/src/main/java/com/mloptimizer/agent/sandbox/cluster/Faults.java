package com.mloptimizer.agent.sandbox.cluster;

import com.mloptimizer.agent.sandbox.cluster.api.Gate.Answer;
import com.mloptimizer.agent.sandbox.cluster.api.Gate.Verdict;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What goes wrong on purpose. A fault waits for calls that its predicate accepts, disturbs as many
 * as it was told to, and is over; faults are asked in the order they were ordered. Thread-safe.
 */
public final class Faults {
  /** Breaks the server itself. */
  interface Breaker {
    void cutWatches();

    void expireHistory();

    void goAway();

    void comeBack();
  }

  private static final class Fault {
    private final Predicate<ApiRequest> concerns;
    private final Verdict verdict;
    private final Runnable reaction;
    private int left;

    Fault(Predicate<ApiRequest> concerns, Verdict verdict, Runnable reaction, int times) {
      this.concerns = concerns;
      this.verdict = verdict;
      this.reaction = reaction;
      this.left = times;
    }
  }

  private final Breaker breaker;
  private final List<Fault> pending = new ArrayList<>(); // guarded by this

  Faults(Breaker breaker) {
    this.breaker = breaker;
  }

  /** Delays the next matching calls. */
  public void delay(Predicate<ApiRequest> concerns, int times, Duration delay) {
    add(concerns, times, new Verdict(delay, Optional.empty()));
  }

  /** Answers the next matching calls with 429 and a Retry-After of whole seconds, at least 1. */
  public void throttle(Predicate<ApiRequest> concerns, int times, Duration retryAfter) {
    int seconds = Math.max(1, Math.toIntExact(retryAfter.toSeconds()));
    ApiFailure failure =
        ApiFailure.tooManyRequests(
            "the server has received too many requests and has asked us to try again later",
            seconds);
    answer(concerns, times, failure);
  }

  /** Answers the next matching calls with 500. */
  public void fail(Predicate<ApiRequest> concerns, int times) {
    answer(
        concerns,
        times,
        ApiFailure.of(500, "InternalError", "Internal error occurred: fault injected"));
  }

  /** Answers the next matching calls with a status code and message of your own. */
  public void answer(
      Predicate<ApiRequest> concerns, int times, int code, String reason, String message) {
    answer(concerns, times, ApiFailure.of(code, reason, message));
  }

  /** Answers the next watches with 410, so that whoever watches lists again. */
  public void expireWatches(int times) {
    answer(
        ApiRequest::isWatch, times, ApiFailure.expired("too old resource version: fault injected"));
  }

  /** Does something when the next matching call has come and is not served yet; then serves it. */
  public void before(Predicate<ApiRequest> concerns, Runnable reaction) {
    add(new Fault(concerns, Verdict.PASS, reaction, 1));
  }

  /** Does something when the next matching call has come, and answers it with 500. */
  public void insteadOf(Predicate<ApiRequest> concerns, Runnable reaction) {
    Verdict refused = verdict(ApiFailure.of(500, "InternalError", "fault injected"));
    add(new Fault(concerns, refused, reaction, 1));
  }

  private void answer(Predicate<ApiRequest> concerns, int times, ApiFailure failure) {
    add(concerns, times, verdict(failure));
  }

  private static Verdict verdict(ApiFailure failure) {
    Answer answer = new Answer(failure.code(), failure.retryAfterSeconds(), failure.status());
    return new Verdict(Duration.ZERO, Optional.of(answer));
  }

  private void add(Predicate<ApiRequest> concerns, int times, Verdict verdict) {
    add(new Fault(concerns, verdict, () -> {}, times));
  }

  private synchronized void add(Fault fault) {
    pending.add(fault);
  }

  /** Ends every open watch in the middle. */
  public void cutWatches() {
    breaker.cutWatches();
  }

  /** Forgets the history of changes: older resourceVersions are 410 from now on. */
  public void expireHistory() {
    breaker.expireHistory();
  }

  /** Refuses connections until {@link #comeBack}; open ones break. Objects stay. */
  public void goAway() {
    breaker.goAway();
  }

  /** Listens again, on the same port. */
  public void comeBack() {
    breaker.comeBack();
  }

  /** Forgets every fault that is still to come. */
  public synchronized void clear() {
    pending.clear();
  }

  /** What happens to a call; uses up one time of the fault that it meets. */
  Verdict meet(ApiRequest request) {
    Optional<Fault> met = take(request);
    // Outside the lock: a reaction may take its time, and other calls come meanwhile.
    met.ifPresent(fault -> fault.reaction.run());
    return met.map(fault -> fault.verdict).orElse(Verdict.PASS);
  }

  private synchronized Optional<Fault> take(ApiRequest request) {
    Optional<Fault> met = pending.stream().filter(f -> f.concerns.test(request)).findFirst();
    if (met.isPresent()) {
      Fault fault = met.get();
      fault.left--;
      if (fault.left <= 0) {
        pending.remove(fault);
      }
    }
    return met;
  }
}
