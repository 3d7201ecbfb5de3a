package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.guardrail.Gatekeeper;
import com.mloptimizer.agent.actuator.handler.Handlers;
import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.action.ActionInbox;
import com.mloptimizer.agent.core.action.ActionLog;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The component that acts; see the package for the way of an action through it. */
public final class ActuatorComponent implements Component, ActionInbox, Readiness {
  private static final Duration CLAIM_TIME = Duration.ofSeconds(1);
  private static final Duration DRAIN_TIME = Duration.ofSeconds(10);
  private static final Duration REPORT_TIME = Duration.ofSeconds(2);
  private static final Duration BEHIND_TIME = Duration.ofSeconds(1);
  private static final Duration PROGRESS_BOUND = Duration.ofMinutes(3);

  /** How soon a changed poll interval, or the end of a helper, is noticed. */
  private static final Duration ROUND = Duration.ofSeconds(1);

  private final ComponentHealth health;
  private final StopSignal stop = new StopSignal();
  private final Gatekeeper gatekeeper;
  private final StopSignal stopReporting = new StopSignal();
  private final WriteBehind behind;
  private final ResultReporter reporter;
  private final ActionRunner runner;
  private final Dispatcher dispatcher;
  private final Claims claims;
  private final JournalDesk desk;
  private final EnvelopeGate gate;
  private final Polling polling;

  /**
   * Wires the actuator; starts nothing.
   *
   * @param tunables the poll interval in force
   * @param outbox where acknowledgements and progress go
   * @param actionLog is told how actions end
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
      CollectorRegistry registry,
      ActionLog actionLog) {
    this.health = health;
    ActuatorMetrics metrics = new ActuatorMetrics(registry);
    Journal journal = new Journal(kubernetes, settings.namespace());
    InHand inHand = new InHand();
    WaitingRoom room = new WaitingRoom(settings.queueCapacity(), metrics);
    behind = new WriteBehind(() -> !inHand.isEmpty());
    Acknowledgements acknowledgements = new Acknowledgements(outbox, metrics);
    reporter =
        new ResultReporter(
            backend,
            retry,
            journal,
            settings.identity(),
            clock,
            behind,
            metrics,
            health,
            stopReporting);
    gatekeeper =
        new Gatekeeper(
            settings.guardrails(),
            kubernetes,
            settings.namespace(),
            settings.podName(),
            clock,
            Ticker.system());
    metrics.paused(gatekeeper::isPaused);
    dispatcher = new Dispatcher(settings.parallelism(), inHand, room, this::carryOut);
    runner =
        new ActionRunner(
            settings,
            journal,
            new Handlers(kubernetes, settings.ownPod()),
            new Guardrails(gatekeeper, dispatcher, metrics),
            reporter,
            new TargetEvents(kubernetes, settings.identity().agentId(), behind),
            outbox,
            metrics,
            actionLog,
            new Canceller(journal, inHand, dispatcher),
            new JournalRetry(dispatcher, stop),
            clock,
            stop);
    Refusals refusals = new Refusals(journal, inHand, acknowledgements, reporter, clock);
    claims =
        new Claims(
            journal, inHand, room, dispatcher, acknowledgements, refusals, reporter, clock, stop);
    desk =
        new JournalDesk(
            settings, journal, inHand, room, dispatcher, reporter, verifier, clock, stop);
    gate = new EnvelopeGate(settings, verifier, room, claims, acknowledgements, reporter, clock);
    AgentIdentity identity = settings.identity();
    polling =
        new Polling(
            () -> backend.poll(identity.clusterId(), identity.agentId()),
            () -> tunables.get().actionPollInterval(),
            envelope -> gate.submit(envelope, Source.POLL),
            retry,
            health,
            Ticker.system());
  }

  private void carryOut(Job job) {
    runner.run(job);
  }

  /** The types of action that this version carries out. */
  public static Set<ActionType> supportedTypes() {
    EnumSet<ActionType> types = EnumSet.of(ActionType.CANCEL_ACTION);
    types.addAll(Handlers.SUPPORTED);
    return Set.copyOf(types);
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
    return desk.problem().or(claims::problem);
  }

  @Override
  public void submit(ReceivedEnvelope envelope, Source source) {
    gate.submit(envelope, source);
  }

  @Override
  public void run() throws InterruptedException {
    desk.open(health);
    claims.start();
    Thread tidying =
        Thread.ofVirtual().name("actuator-journal").start(untilInterrupted(desk::tidy));
    Thread results =
        Thread.ofVirtual().name("actuator-results").start(untilInterrupted(reporter::run));
    Thread killSwitch =
        Thread.ofVirtual()
            .name("actuator-kill-switch")
            .start(untilInterrupted(() -> gatekeeper.watchKillSwitch(stop)));
    Thread afterwards =
        Thread.ofVirtual().name("actuator-afterwards").start(untilInterrupted(behind::run));
    try {
      while (!stop.isRequested()) {
        requireAlive(tidying);
        requireAlive(results);
        requireAlive(killSwitch);
        requireAlive(afterwards);
        polling.pollIfDue();
        stop.await(ROUND);
      }
    } finally {
      tidying.interrupt();
      killSwitch.interrupt();
      if (stop.isRequested()) {
        end();
      }
      results.interrupt();
      afterwards.interrupt();
    }
  }

  private void end() throws InterruptedException {
    claims.close(CLAIM_TIME);
    dispatcher.shutdown();
    dispatcher.awaitEnd(DRAIN_TIME);
    reporter.drain(REPORT_TIME);
    behind.drain(BEHIND_TIME);
    stopReporting.request();
  }

  @Override
  public void stop() {
    gate.close();
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
}
