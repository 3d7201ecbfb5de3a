package com.mloptimizer.agent.main.supervisor;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.ComponentName;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the components until it is told to stop. Their order is that of {@link ComponentName}: the
 * heartbeat, which registers, starts first and stops last.
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

  private final Map<ComponentName, SupervisedComponent> components =
      new EnumMap<>(ComponentName.class);
  private final Ticker ticker;
  private volatile long roundNanos;

  /**
   * A supervisor of these components; starts nothing.
   *
   * @param backoff the delay before a component is started anew
   */
  public Supervisor(Map<Component, ComponentHealth> components, Backoff backoff, Ticker ticker) {
    components.forEach((component, health) ->
        this.components.put(
            component.name(), new SupervisedComponent(component, health, backoff, ticker)));
    this.ticker = ticker;
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

  /** Starts the components, looks after them, and stops them when that is asked for. */
  public void run(StopSignal stop) throws InterruptedException {
    components.values().forEach(SupervisedComponent::start);
    do {
      roundNanos = ticker.nanos();
      components.values().forEach(SupervisedComponent::check);
    } while (!stop.await(ROUND));
    stopAll();
  }

  private void stopAll() throws InterruptedException {
    // No new actions and no new metrics from now on; both drain at the same time.
    stop(ComponentName.ACTUATOR);
    stop(ComponentName.COLLECTOR);
    join(ComponentName.COLLECTOR);
    join(ComponentName.ACTUATOR);
    stop(ComponentName.WEBSOCKET);
    join(ComponentName.WEBSOCKET);
    stop(ComponentName.HEARTBEAT);
    join(ComponentName.HEARTBEAT);
  }

  private void stop(ComponentName name) {
    SupervisedComponent component = components.get(name);
    if (component != null) {
      component.stop();
    }
  }

  private void join(ComponentName name) throws InterruptedException {
    SupervisedComponent component = components.get(name);
    if (component != null) {
      component.join(STOPPING.getOrDefault(name, Duration.ZERO));
    }
  }
}
