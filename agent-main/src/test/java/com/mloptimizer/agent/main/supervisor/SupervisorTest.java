package com.mloptimizer.agent.main.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.Component;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.main.leadership.FakeLeadership;
import com.mloptimizer.agent.main.leadership.Leadership;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The supervisor with components that do what they are told; time moves only if a test says so. */
@Timeout(60)
class SupervisorTest {
  private static final Duration BOUND = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofSeconds(20);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // Overflows on the way.
  private final Map<Component, ComponentHealth> components = new LinkedHashMap<>();
  private final List<String> stops = new CopyOnWriteArrayList<>();
  private final StopSignal stop = new StopSignal();
  private final CountDownLatch giveUp = new CountDownLatch(1);
  private final FakeLeadership leadership = new FakeLeadership(stops);
  private volatile Supervisor.Ending ending;
  private Supervisor supervisor;
  private Thread thread;

  @AfterEach
  void end() throws InterruptedException {
    giveUp.countDown();
    if (thread != null) {
      stop();
    }
  }

  @Test
  void run_componentThrows_isStartedAnewAfterTheBackoffAndCounted() throws Exception {
    Fake collector = add(ComponentName.COLLECTOR);
    Fake actuator = add(ComponentName.ACTUATOR);
    start(Duration.ofSeconds(3));
    collector.awaitRun();
    actuator.awaitRun();
    assertThat(components.get(collector).sinceSuccess()).as("it has begun").isPresent();

    collector.fail(new IllegalStateException("broken"));
    await(() -> health(collector).restarts() == 1);

    assertThat(health(collector).healthy()).isFalse();
    assertThat(health(collector).error()).contains("broken");
    assertThat(collector.runs.poll(1200, TimeUnit.MILLISECONDS)).as("before the delay").isNull();

    advance(Duration.ofSeconds(3));
    collector.awaitRun();

    assertThat(health(collector).restarts()).isEqualTo(1);
    assertThat(actuator.runs).as("the other one goes on").isEmpty();
    assertThat(health(actuator).restarts()).isZero();
    assertThat(supervisor.livenessProblem()).isEmpty();
  }

  @Test
  void run_componentReturnsUnasked_isStartedAnew() throws Exception {
    Fake collector = add(ComponentName.COLLECTOR);
    start(Duration.ZERO);
    collector.awaitRun();

    collector.returnUnasked();
    collector.awaitRun();

    assertThat(health(collector).restarts()).isEqualTo(1);
  }

  @Test
  void run_componentFailsAgainAndAgain_waitsTwiceAsLongEachTime() throws Exception {
    Fake collector = add(ComponentName.COLLECTOR);
    start(Duration.ofSeconds(2));
    for (int failures = 1; failures <= 3; failures++) {
      collector.awaitRun();
      collector.fail(new IllegalStateException("again"));
      int expected = failures;
      await(() -> health(collector).restarts() == expected);
      advance(Duration.ofSeconds(1 << failures).minusMillis(1));
      assertThat(collector.runs.poll(700, TimeUnit.MILLISECONDS)).as("too early").isNull();
      advance(Duration.ofMillis(1));
    }
    collector.awaitRun();
  }

  @Test
  void run_componentStalls_isInterruptedAndStartedAnew() throws Exception {
    Fake collector = add(ComponentName.COLLECTOR);
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    start(Duration.ZERO);
    collector.awaitRun();
    heartbeat.awaitRun();

    advance(BOUND);
    components.get(heartbeat).progress();
    advance(Duration.ofMillis(1));

    collector.awaitRun();
    assertThat(collector.interrupts.get()).isEqualTo(1);
    assertThat(health(collector).restarts()).isEqualTo(1);
    assertThat(health(collector).error()).contains("stalled");
    assertThat(health(heartbeat).restarts()).as("it made progress").isZero();
    assertThat(supervisor.livenessProblem()).isEmpty();
  }

  @Test
  void livenessProblem_componentIgnoresInterrupts_namesItUntilItRunsAgain() throws Exception {
    Fake collector = add(ComponentName.COLLECTOR);
    collector.ignoresInterrupts = true;
    start(Duration.ZERO);
    collector.awaitRun();

    advance(BOUND.plusMillis(1));
    await(() -> collector.interrupts.get() == 1);
    advance(Duration.ofSeconds(9));
    assertThat(supervisor.livenessProblem()).as("still within its grace").isEmpty();
    advance(Duration.ofSeconds(2));

    await(() -> supervisor.livenessProblem().orElse("").contains("collector hangs"));
    collector.returnUnasked();
    collector.awaitRun();
    await(() -> supervisor.livenessProblem().isEmpty());
  }

  @Test
  void livenessProblem_supervisorDoesNotComeRound_saysSo() {
    add(ComponentName.COLLECTOR);
    supervisor = new Supervisor(components, leadership, Backoff.standard(), nanos::get);
    assertThat(supervisor.livenessProblem()).isEmpty();

    advance(Duration.ofSeconds(31));

    assertThat(supervisor.livenessProblem()).hasValue("the supervisor hangs");
  }

  @Test
  void run_stopRequested_stopsEachOnceTheHeartbeatLast() throws Exception {
    for (ComponentName name : ComponentName.values()) {
      add(name).recordsItsEnd = true;
    }
    start(Duration.ofSeconds(1));
    for (Component component : components.keySet()) {
      ((Fake) component).awaitRun();
    }

    stop.request();
    stop();

    assertThat(stops)
        .containsExactlyInAnyOrder(
            "stop actuator",
            "stop collector",
            "end actuator",
            "end collector",
            "release",
            "stop websocket",
            "end websocket",
            "stop heartbeat",
            "end heartbeat");
    assertThat(stops.subList(4, 9))
        .as("another may lead when nothing is written any more")
        .containsExactly(
            "release", "stop websocket", "end websocket", "stop heartbeat", "end heartbeat");
    assertThat(ending).isEqualTo(Supervisor.Ending.STOPPED);
  }

  @Test
  void run_stopOfOneThrows_stopsTheOthers() throws Exception {
    Fake actuator = add(ComponentName.ACTUATOR);
    actuator.stopThrows = true;
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    start(Duration.ofSeconds(1));
    actuator.awaitRun();
    heartbeat.awaitRun();

    stop();

    assertThat(stops).containsExactly("stop actuator", "release", "stop heartbeat");
  }

  @Test
  void run_stopRequested_startsNothingAnew() throws Exception {
    Fake collector = add(ComponentName.COLLECTOR);
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    start(Duration.ofSeconds(3));
    collector.awaitRun();
    heartbeat.awaitRun();
    collector.fail(new IllegalStateException("broken"));
    await(() -> health(collector).restarts() == 1);

    stop.request();
    advance(Duration.ofMinutes(1));
    stop();

    assertThat(collector.runs).isEmpty();
    assertThat(health(collector).restarts()).isEqualTo(1);
    assertThat(stops).endsWith("stop heartbeat");
  }

  @Test
  void run_componentDoesNotEnd_isInterruptedAndTheHeartbeatStillSaysFarewell() throws Exception {
    Fake webSocket = add(ComponentName.WEBSOCKET);
    webSocket.ignoresStop = true;
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    start(Duration.ofSeconds(1));
    webSocket.awaitRun();
    heartbeat.awaitRun();

    stop();

    await(() -> webSocket.interrupts.get() == 1);
    assertThat(stops).containsExactly("release", "stop websocket", "stop heartbeat");
  }

  @Test
  void run_follower_runsTheHeartbeatAloneAndTheOthersOnceItLeads() throws Exception {
    leadership.become(Leadership.State.STANDING_BY);
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    Fake actuator = add(ComponentName.ACTUATOR);
    start(Duration.ofSeconds(1));
    heartbeat.awaitRun();
    assertThat(actuator.runs.poll(700, TimeUnit.MILLISECONDS)).as("more than a round").isNull();
    assertThat(supervisor.livenessProblem()).isEmpty();

    leadership.become(Leadership.State.LEADING);

    actuator.awaitRun();
    assertThat(health(actuator).restarts()).isZero();
    assertThat(heartbeat.runs).as("it goes on").isEmpty();
  }

  @Test
  void run_followerStopped_stopsOnlyWhatItStarted() throws Exception {
    leadership.become(Leadership.State.STANDING_BY);
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    add(ComponentName.ACTUATOR);
    start(Duration.ofSeconds(1));
    heartbeat.awaitRun();

    stop();

    assertThat(stops).containsExactly("release", "stop heartbeat");
  }

  @Test
  void run_leadershipLost_stopsEverythingAndSaysSo() throws Exception {
    Fake heartbeat = add(ComponentName.HEARTBEAT);
    Fake actuator = add(ComponentName.ACTUATOR);
    start(Duration.ofSeconds(1));
    heartbeat.awaitRun();
    actuator.awaitRun();

    leadership.become(Leadership.State.LOST);

    assertThat(thread.join(SOON)).isTrue();
    assertThat(ending).isEqualTo(Supervisor.Ending.LEADERSHIP_LOST);
    assertThat(stops).containsExactly("stop actuator", "release", "stop heartbeat");
  }

  private Fake add(ComponentName name) {
    Fake fake = new Fake(name);
    components.put(fake, new ComponentHealth(name, InstantSource.system(), nanos::get));
    return fake;
  }

  /** Runs the supervisor; the backoff has no jitter here. */
  private void start(Duration firstDelay) {
    Backoff backoff =
        firstDelay.isZero()
            ? new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), () -> 0.0)
            : new Backoff(firstDelay, Duration.ofMinutes(1), () -> 1.0);
    supervisor = new Supervisor(components, leadership, backoff, nanos::get);
    thread =
        Thread.ofPlatform()
            .name("supervisor")
            .start(() -> {
              try {
                ending = supervisor.run(stop);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void stop() throws InterruptedException {
    stop.request();
    assertThat(thread.join(SOON)).as("the supervisor ended").isTrue();
  }

  private void advance(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private ComponentStatus health(Fake fake) {
    return components.get(fake).status();
  }

  private void await(BooleanSupplier condition) throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as("waited for").isLessThan(SOON.toNanos());
      giveUp.await(10, TimeUnit.MILLISECONDS);
    }
  }

  /** Runs until it is told how to end. */
  private final class Fake implements Component {
    private final ComponentName name;
    private final BlockingQueue<Thread> runs = new LinkedBlockingQueue<>();
    private final BlockingQueue<Runnable> orders = new LinkedBlockingQueue<>();
    private final AtomicLong interrupts = new AtomicLong();
    private boolean recordsItsEnd;
    private volatile boolean ignoresInterrupts;
    private volatile boolean ignoresStop;
    private volatile boolean stopThrows;

    private Fake(ComponentName name) {
      this.name = name;
    }

    @Override
    public ComponentName name() {
      return name;
    }

    @Override
    public Duration progressBound() {
      return BOUND;
    }

    @Override
    public void run() throws InterruptedException {
      runs.add(Thread.currentThread());
      while (true) {
        try {
          orders.take().run();
          if (recordsItsEnd) {
            stops.add("end " + name);
          }
          return;
        } catch (InterruptedException e) {
          interrupts.incrementAndGet();
          if (!ignoresInterrupts) {
            throw e;
          }
        }
      }
    }

    @Override
    public void stop() {
      stops.add("stop " + name);
      if (!ignoresStop) {
        orders.add(() -> {});
      }
      if (stopThrows) {
        throw new IllegalStateException("cannot even stop");
      }
    }

    void fail(RuntimeException failure) {
      orders.add(() -> {
        throw failure;
      });
    }

    void returnUnasked() {
      orders.add(() -> {});
    }

    void awaitRun() throws InterruptedException {
      Thread running = runs.poll(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(running).as("%s runs", name).isNotNull();
      assertThat(running.getName()).isEqualTo(name.wireName());
    }
  }
}
