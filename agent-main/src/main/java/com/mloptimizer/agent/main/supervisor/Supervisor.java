package com.mloptimizer.agent.main.supervisor;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.main.leadership.Leadership;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Runs the components until it is told to stop or the leadership is lost. Their order is that of
 * {@link ComponentName}: the heartbeat, which registers, starts first and stops last. The others
 * start when this process leads, and the leadership is given back when those have stopped that
 * write to the cluster.
 */
public final class Supervisor {
  private static final Duration ROUND = Duration.ofMillis(500);

  /** A supervisor that did not come round for so long is stuck itself. */
  private static final Duration OWN_BOUND = Duration.ofSeconds(30);

  /**
   * What stopping may take, in that order; less in sum than the grace period of the agent's pod.
   */
  private static final Map<ComponentName, Duration> STOPPING =
      Map.of(
          ComponentName.COLLECTOR, Duration.ofSeconds(3),
          ComponentName.ACTUATOR, Duration.ofSeconds(15),
          ComponentName.WEBSOCKET, Duration.ofSeconds(2),
          ComponentName.HEARTBEAT, Duration.ofMillis(4500));

  /** What a follower runs, too. */
  private static final Set<ComponentName> ALWAYS = EnumSet.of(ComponentName.HEARTBEAT);

  private final Map<ComponentName, SupervisedComponent> components =
      new EnumMap<>(ComponentName.class);
  private final Leadership leadership;
  private final Ticker ticker;
  private final HeapUpkeep heap;

  // For the supervisor's thread.
  private final Set<ComponentName> started = EnumSet.noneOf(ComponentName.class);
  private volatile long roundNanos;

  /** Why it ended. */
  public enum Ending {
    STOPPED,
    LEADERSHIP_LOST
  }

  /**
   * A supervisor of these components; starts nothing.
   *
   * @param leadership started already
   * @param backoff the delay before a component is started anew
   */
  public Supervisor(
      Map<Component, ComponentHealth> components,
      Leadership leadership,
      Backoff backoff,
      Ticker ticker) {
    components.forEach((component, health) ->
        this.components.put(
            component.name(), new SupervisedComponent(component, health, backoff, ticker)));
    this.leadership = leadership;
    this.ticker = ticker;
    this.heap = HeapUpkeep.ofThisProcess(ticker);
    this.roundNanos = ticker.nanos();
  }

  /**
   * Why the process should be killed and started anew: a loop that hangs and cannot be interrupted.
   * Never because somebody else, the backend or the API server, is away.
   */
  public Optional<String> livenessProblem() {
    if (ticker.nanos() - roundNanos > OWN_BOUND.toNanos()) {
      return Optional.of("the supervisor hangs");
    }
    return components.values().stream()
        .map(SupervisedComponent::stuck)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Starts the components when it is time, looks after them, and stops them in the end. */
  public Ending run(StopSignal stop) throws InterruptedException {
    boolean lost;
    do {
      roundNanos = ticker.nanos();
      lost = leadership.state() == Leadership.State.LOST;
      if (!lost) {
        startDue();
        started.forEach(name -> get(name).check());
        heap.check();
      }
    } while (!lost && !stop.await(ROUND));
    stopAll();
    return lost ? Ending.LEADERSHIP_LOST : Ending.STOPPED;
  }

  private void startDue() {
    for (ComponentName name : components.keySet()) {
      if ((ALWAYS.contains(name) || leadership.isLeading()) && started.add(name)) {
        get(name).start();
      }
    }
  }

  private SupervisedComponent get(ComponentName name) {
    return Objects.requireNonNull(components.get(name));
  }

  private void stopAll() throws InterruptedException {
    // No new actions and no new metrics from now on; both drain at the same time.
    stop(ComponentName.ACTUATOR);
    stop(ComponentName.COLLECTOR);
    join(ComponentName.COLLECTOR);
    join(ComponentName.ACTUATOR);
    // Another replica may act while this one says goodbye.
    leadership.release();
    stop(ComponentName.WEBSOCKET);
    join(ComponentName.WEBSOCKET);
    stop(ComponentName.HEARTBEAT);
    join(ComponentName.HEARTBEAT);
  }

  private void stop(ComponentName name) {
    if (started.contains(name)) {
      get(name).stop();
    }
  }

  private void join(ComponentName name) throws InterruptedException {
    if (started.contains(name)) {
      get(name).join(STOPPING.getOrDefault(name, Duration.ZERO));
    }
  }
}
