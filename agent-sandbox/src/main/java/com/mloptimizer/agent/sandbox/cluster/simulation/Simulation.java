package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the controllers, on one thread, whenever something changed or a tick has passed. */
public final class Simulation implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Simulation.class);
  private static final Duration SETTLING_STEP = Duration.ofMillis(500);
  private static final Duration JOIN = Duration.ofSeconds(2);

  /** How much longer a tick is while no pod starts or stops. */
  private static final int IDLE_TICKS = 10;

  /** Idle steps after which nothing is pending any more; longer than a pod takes to start. */
  private static final int SETTLED_AFTER_STEPS = 20;

  /** More rounds than any settling takes; reached only if two controllers undo each other. */
  private static final int MAX_SETTLING_STEPS = 5_000;

  private final ObjectStore store;
  private final SimulationClock clock;
  private final Timing timing;
  private final Kubelets kubelets;
  private final List<Controller> controllers;
  private final Thread thread;

  public Simulation(
      ObjectStore store,
      ResourceKinds kinds,
      SimulationClock clock,
      Timing timing,
      PodAdmission admission) {
    this.store = store;
    this.clock = clock;
    this.timing = timing;
    Pods pods = new Pods(store);
    this.kubelets = new Kubelets(store, timing);
    this.controllers =
        List.of(
            new NodeController(store, pods),
            new DeploymentController(store, pods, admission),
            new ReplicaSetController(store, pods, admission),
            new StatefulSetController(store, pods, admission),
            new DaemonSetController(store, pods, admission),
            new Scheduler(store),
            kubelets,
            new Budgets(store),
            new GarbageCollector(store, kinds));
    this.thread = Thread.ofPlatform().name("sandbox-simulation").daemon().unstarted(this::run);
  }

  /** Runs until nothing is left to do, in the clock's past, and lets the clock catch up. */
  public void settle() {
    int idle = 0;
    for (int i = 0; i < MAX_SETTLING_STEPS && idle < SETTLED_AFTER_STEPS; i++) {
      long before = store.version();
      reconcile();
      idle = store.version() == before ? idle + 1 : 0;
      clock.advance(SETTLING_STEP);
    }
    clock.catchUp();
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  private void reconcile() {
    controllers.forEach(Controller::reconcile);
  }

  private void run() {
    long seen = 0;
    while (!Thread.currentThread().isInterrupted()) {
      try {
        long before = store.version();
        if (before == seen) {
          Duration tick = timing.tick();
          store.awaitChange(seen, kubelets.isBusy() ? tick : tick.multipliedBy(IDLE_TICKS));
        }
        seen = store.version();
        reconcile();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        log.error("a controller failed; the simulation goes on", e);
      }
    }
  }

  /** Ends the thread; repeated calls are fine. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      if (thread.isAlive()) {
        thread.join(JOIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
