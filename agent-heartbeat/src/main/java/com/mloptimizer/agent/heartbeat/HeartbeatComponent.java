package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.RetryOutcome;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.RegisterAnswer;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the agent, sends a heartbeat at a fixed rate (protocol section 1), and says goodbye. A
 * registration is tried until it is answered; a heartbeat is tried once, since the next one says
 * more. A backend that answers a heartbeat with 404 has forgotten the agent, which then registers
 * again. An outage is logged when it begins and when it ends.
 */
public final class HeartbeatComponent implements Component, Readiness {
  private static final Logger log = LoggerFactory.getLogger(HeartbeatComponent.class);

  /** Longer than any call to the backend can take. */
  private static final Duration PROGRESS_BOUND = Duration.ofMinutes(1);

  /** How soon a changed interval takes effect. */
  private static final Duration WAITING_ROUND = Duration.ofSeconds(1);

  /** What a call that is under way when the agent stops may still take. */
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);

  private static final Duration AFTER_UNAUTHORIZED = Duration.ofMinutes(1);
  private static final int NOT_FOUND = 404;

  private final Backend backend;
  private final BackendRetry retry;
  private final Messages messages;
  private final HeartbeatInterval interval;
  private final Consumer<ReceivedEnvelope> configuration;
  private final ComponentHealth health;
  private final Ticker ticker;
  private final Farewell farewell;
  private final HeartbeatOutage outage;
  private final StopSignal stop = new StopSignal();

  // Written by the thread that runs the component, or by its calls.
  private volatile boolean everRegistered;
  private volatile long lastHeartbeatNanos;
  private volatile @Nullable RegisterRequest told;
  private boolean registered;
  private long tellAgainNanos;

  /**
   * A component that does nothing until it is run.
   *
   * @param configuration gets the signed configuration of a registration's answer, unverified
   * @param health of this component
   */
  public HeartbeatComponent(
      Backend backend,
      BackendRetry retry,
      AgentIdentity identity,
      HeartbeatSources sources,
      Consumer<ReceivedEnvelope> configuration,
      ComponentHealth health,
      InstantSource clock,
      Ticker ticker) {
    this.backend = backend;
    this.retry = retry;
    this.messages = new Messages(identity, sources, clock);
    this.interval = new HeartbeatInterval(sources.settings());
    this.configuration = configuration;
    this.health = health;
    this.ticker = ticker;
    this.farewell = new Farewell(backend, messages);
    this.outage = new HeartbeatOutage(ticker);
    this.lastHeartbeatNanos = ticker.nanos();
    this.tellAgainNanos = lastHeartbeatNanos;
  }

  @Override
  public ComponentName name() {
    return ComponentName.HEARTBEAT;
  }

  @Override
  public Duration progressBound() {
    return PROGRESS_BOUND;
  }

  @Override
  public String condition() {
    return "registered";
  }

  /**
   * Holds from the first registration on: that the backend is away later is not our unreadiness.
   */
  @Override
  public Optional<String> missing() {
    if (everRegistered) {
      return Optional.empty();
    }
    String error = health.status().error();
    return Optional.of(
        error == null
            ? "the backend has not answered the registration yet"
            : "not registered with the backend: " + error);
  }

  /** Time since the backend last took a heartbeat; since the start if it has not taken any. */
  public Duration sinceLastHeartbeat() {
    return Duration.ofNanos(ticker.nanos() - lastHeartbeatNanos);
  }

  /**
   * Takes the backend's wish for an interval, which may also come by WebSocket. It holds until the
   * configured interval changes; one that is not within 1 and 3600 seconds is ignored. Any thread.
   */
  public void wishInterval(int seconds) {
    interval.wish(seconds);
  }

  /**
   * Also ends the wait between two heartbeats. A call that is under way may take another second;
   * then the last heartbeat and the deregistration take a second and a half each at most.
   */
  @Override
  public void stop() {
    stop.request();
  }

  @Override
  public void run() throws InterruptedException {
    long due = ticker.nanos();
    while (!stop.isRequested()) {
      Duration atLeast = Duration.ZERO;
      if (registered || register()) {
        atLeast = beat();
        if (!registered) {
          // Told at once, but the next heartbeat waits for its turn, lest a backend that never
          // remembers gets a storm.
          register();
        } else if (ticker.nanos() - tellAgainNanos >= 0 && isToldOtherwise()) {
          registerAgain();
        }
      }
      due = awaitNext(due, ticker.nanos() + atLeast.toNanos());
    }
    if (everRegistered) {
      farewell.say();
    }
  }

  private boolean register() throws InterruptedException {
    if (stop.isRequested()) {
      return false;
    }
    RetryOutcome<RegisterAnswer> outcome =
        retry.untilAnswered("register", health, stop, this::attemptRegistration);
    switch (outcome) {
      case RetryOutcome.Done<RegisterAnswer>(RegisterAnswer answer) -> registered(answer);
      case RetryOutcome.Refused<RegisterAnswer>(int status, String excerpt) ->
          health.failed("backend refuses the registration: status " + status + ": " + excerpt);
      case RetryOutcome.TooLarge<RegisterAnswer>() ->
          health.failed("backend refuses the registration: status 413");
      case RetryOutcome.Stopped<RegisterAnswer>() -> health.progress();
    }
    return registered;
  }

  /**
   * Once a turn, but not before the backend wishes: it knows the agent, and has its heartbeats
   * meanwhile. What it refuses for good is not repeated, only the next change is told.
   */
  private void registerAgain() {
    switch (attemptRegistration()) {
      case BackendAnswer.Done<RegisterAnswer>(RegisterAnswer answer) -> registered(answer);
      case BackendAnswer.Unauthorized<?>(int status) ->
          notTold("status " + status + ", the API key is not accepted", AFTER_UNAUTHORIZED);
      case BackendAnswer.RetryLater<?>(String cause, Duration retryAfter) ->
          notTold(cause, retryAfter == null ? Duration.ZERO : retryAfter);
      case BackendAnswer.TooLarge<?> _ -> refusesChange("status 413");
      case BackendAnswer.Refused<?>(int status, String excerpt) ->
          refusesChange("status " + status + ": " + excerpt);
    }
  }

  private void notTold(String cause, Duration atLeast) {
    health.failed("backend: register: " + cause);
    tellAgainNanos = ticker.nanos() + atLeast.toNanos();
  }

  private void refusesChange(String cause) {
    log.warn("Backend refuses to hear what this agent may do now: {}", cause);
    notTold(cause, Duration.ZERO);
  }

  private BackendAnswer<RegisterAnswer> attemptRegistration() {
    return untilStopped(
        "register",
        () -> {
          RegisterRequest request = messages.register();
          BackendAnswer<RegisterAnswer> answer = backend.register(request);
          switch (answer) {
            case BackendAnswer.Done<?> _, BackendAnswer.Refused<?> _, BackendAnswer.TooLarge<?> _ ->
                told = request;
            case BackendAnswer.RetryLater<?> _, BackendAnswer.Unauthorized<?> _ -> {}
          }
          return answer;
        });
  }

  /** What could not be asked at the registration, or was granted since, is told by another one. */
  private boolean isToldOtherwise() {
    RegisterRequest last = told;
    return !stop.isRequested() && last != null && !messages.isUpToDate(last);
  }

  /** A call that ends soon after the agent is told to stop. */
  private <T> BackendAnswer<T> untilStopped(String name, Supplier<BackendAnswer<T>> attempt) {
    try {
      return BoundedCall.of(name, attempt).orUntil(stop, STOP_GRACE);
    } catch (InterruptedException e) {
      // Whoever waits next notices.
      Thread.currentThread().interrupt();
      return new BackendAnswer.RetryLater<>("interrupted", null);
    }
  }

  private void registered(RegisterAnswer answer) {
    log.info("Agent registered successfully{}", everRegistered ? " once more" : "");
    registered = true;
    everRegistered = true;
    health.succeeded();
    Integer wish = answer.heartbeatIntervalSeconds();
    if (wish != null) {
      interval.wish(wish);
    }
    ReceivedEnvelope envelope = answer.config();
    if (envelope != null) {
      configuration.accept(envelope);
    }
  }

  /** One heartbeat; how long to stay away from the backend afterwards at least. */
  private Duration beat() {
    return switch (untilStopped("beat", () -> backend.heartbeat(messages.heartbeat()))) {
      case BackendAnswer.Done<?> _ -> {
        lastHeartbeatNanos = ticker.nanos();
        health.succeeded();
        outage.ended();
        log.debug("Heartbeat sent successfully");
        yield Duration.ZERO;
      }
      case BackendAnswer.Unauthorized<?>(int status) ->
          failed("status " + status + ", the API key is not accepted", AFTER_UNAUTHORIZED);
      case BackendAnswer.RetryLater<?>(String cause, Duration retryAfter) ->
          failed(cause, retryAfter == null ? Duration.ZERO : retryAfter);
      case BackendAnswer.TooLarge<?> _ -> failed("status 413", Duration.ZERO);
      case BackendAnswer.Refused<?>(int status, String excerpt) -> {
        registered = status != NOT_FOUND;
        yield failed(
            registered ? "status " + status + ": " + excerpt : "it does not know this agent",
            Duration.ZERO);
      }
    };
  }

  private Duration failed(String cause, Duration atLeast) {
    if (stop.isRequested()) {
      return atLeast; // Given up by ourselves: no outage.
    }
    health.failed("backend: heartbeat: " + cause);
    outage.goesOn(cause);
    return atLeast;
  }

  /**
   * Waits for the first turn after now. Turns that were missed are left out, and the interval is
   * asked for all the while, so that a shorter one has effect at once.
   *
   * @return when the turn that has come was due
   */
  private long awaitNext(long lastDue, long notBefore) throws InterruptedException {
    long began = ticker.nanos();
    while (true) {
      long step = interval.get().toNanos();
      long missed = Math.max(0, began - lastDue) / step;
      long due = lastDue + (missed + 1) * step;
      long now = ticker.nanos();
      long left = Math.max(due - now, notBefore - now);
      health.progress();
      if (left <= 0 || stop.await(shorter(Duration.ofNanos(left), WAITING_ROUND))) {
        return due;
      }
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
