package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.Handlers;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.action.ActionInbox;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The component that acts; see the package for the way of an action through it. */
public final class ActuatorComponent implements Component, ActionInbox, Readiness {
  private static final Duration DRAIN_TIME = Duration.ofSeconds(12);
  private static final Duration REPORT_TIME = Duration.ofSeconds(2);
  private static final Duration PROGRESS_BOUND = Duration.ofMinutes(3);

  private final ActuatorSettings settings;
  private final Supplier<TunableSettings> tunables;
  private final Backend backend;
  private final ComponentHealth health;
  private final StopSignal stop = new StopSignal();
  private final StopSignal stopReporting = new StopSignal();
  private final Admission admission;
  private final ResultReporter reporter;
  private final TargetQueues queues;
  private final JournalDesk desk;

  /**
   * Wires the actuator; starts nothing.
   *
   * @param tunables the poll interval in force
   * @param outbox where acknowledgements and progress go
   */
  public ActuatorComponent(
      ActuatorSettings settings,
      Supplier<TunableSettings> tunables,
      KubernetesClient kubernetes,
      Backend backend,
      BackendRetry retry,
      EnvelopeVerifier verifier,
      AgentOutbox outbox,
      ComponentHealth health,
      InstantSource clock,
      CollectorRegistry registry) {
    this.settings = settings;
    this.tunables = tunables;
    this.backend = backend;
    this.health = health;
    ActuatorMetrics metrics = new ActuatorMetrics(registry);
    Journal journal = new Journal(kubernetes, settings.namespace());
    this.reporter =
        new ResultReporter(
            backend, retry, journal, settings.identity(), clock, health, stopReporting);
    this.admission = new Admission(settings, verifier, clock, outbox, reporter, metrics);
    this.queues = new TargetQueues(settings, metrics);
    ActionRunner runner =
        new ActionRunner(
            settings,
            journal,
            new Handlers(kubernetes, settings.ownPod()),
            new Guardrails(settings.protectedNamespaces()),
            reporter,
            new TargetEvents(kubernetes, settings.identity().agentId()),
            outbox,
            metrics,
            clock,
            stop);
    this.desk =
        new JournalDesk(
            settings, journal, admission, queues, runner, reporter, verifier, clock, stop);
  }

  /** The types of action that this version carries out. */
  public static Set<ActionType> supportedTypes() {
    return Handlers.SUPPORTED;
  }

  @Override
  public ComponentName name() {
    return ComponentName.ACTUATOR;
  }

  @Override
  public Duration progressBound() {
    return PROGRESS_BOUND;
  }

  @Override
  public String condition() {
    return "journal";
  }

  @Override
  public Optional<String> missing() {
    return desk.missing();
  }

  @Override
  public void submit(ReceivedEnvelope envelope, Source source) {
    admission.submit(envelope, source);
  }

  @Override
  public void run() throws InterruptedException {
    desk.open(health);
    Thread claims =
        Thread.ofVirtual().name("actuator-claims").start(untilInterrupted(desk::claimAll));
    Thread results =
        Thread.ofVirtual().name("actuator-results").start(untilInterrupted(reporter::run));
    try {
      while (!stop.isRequested()) {
        requireAlive(claims);
        requireAlive(results);
        poll();
        desk.sweep();
        stop.await(tunables.get().actionPollInterval());
      }
    } finally {
      claims.interrupt();
      if (stop.isRequested()) {
        queues.close(DRAIN_TIME);
        reporter.drain(REPORT_TIME);
        stopReporting.request();
      }
      results.interrupt();
    }
  }

  @Override
  public void stop() {
    admission.close();
    stop.request();
  }

  /**
   * A helper of this loop, which ends when it is interrupted; its other ends are found by the loop.
   */
  private static Runnable untilInterrupted(Loop loop) {
    return () -> {
      try {
        loop.run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  /** What a helper thread does. */
  private interface Loop {
    void run() throws InterruptedException;
  }

  private static void requireAlive(Thread thread) {
    if (!thread.isAlive()) {
      throw new IllegalStateException("thread " + thread.getName() + " has ended");
    }
  }

  private void poll() {
    BackendAnswer<List<ReceivedEnvelope>> answer =
        backend.poll(settings.identity().clusterId(), settings.identity().agentId());
    switch (answer) {
      case BackendAnswer.Done<List<ReceivedEnvelope>>(var envelopes) -> {
        envelopes.forEach(envelope -> submit(envelope, Source.POLL));
        health.succeeded();
      }
      case BackendAnswer.RetryLater<?>(var cause, _) -> health.failed("poll: " + cause);
      case BackendAnswer.Unauthorized<?>(int status) ->
          health.failed("poll: the backend does not accept the API key (" + status + ")");
      case BackendAnswer.TooLarge<?> _ -> health.failed("poll: 413");
      case BackendAnswer.Refused<?>(int status, var excerpt) ->
          health.failed("poll: " + status + " " + excerpt);
    }
  }
}
