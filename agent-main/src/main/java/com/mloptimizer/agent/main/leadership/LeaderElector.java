package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.WriteFence;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The leadership among several replicas: plays for the Lease on a thread of its own. */
public final class LeaderElector implements Leadership {
  private static final Logger log = LoggerFactory.getLogger(LeaderElector.class);

  /** Longer than any round can take. */
  private static final Duration ROUND_BOUND = Duration.ofSeconds(30);

  /** What a write that is under way may take before the Lease is left to run out instead. */
  private static final Duration QUIET_TIME = Duration.ofSeconds(1);

  private static final Duration CLOSING_TIME = Duration.ofMillis(500);

  private final LeaseSettings settings;
  private final Ticker ticker;
  private final LeaderFence fence;
  private final LeaseTrouble trouble;
  private final Candidacy candidacy;
  private final KubernetesClient fenced;
  private final KubernetesClient own;
  private final StopSignal stop = new StopSignal();
  private final Thread thread;
  private volatile long roundNanos;

  /**
   * An elector that does nothing until it is started.
   *
   * @param kubernetes without a fence; it and its fenced ones are closed when the leadership is
   *     lost, so that what is under way is cut off
   */
  public LeaderElector(
      LeaseSettings settings, KubernetesClient kubernetes, Ticker ticker, InstantSource clock) {
    this.settings = settings;
    this.fenced = kubernetes;
    this.own = kubernetes.separate();
    this.ticker = ticker;
    this.fence = new LeaderFence(settings.renewDeadline(), ticker, clock);
    this.trouble = new LeaseTrouble(settings.lease(), settings.renewDeadline(), ticker);
    this.candidacy =
        new Candidacy(
            settings,
            new ClusterLeases(own, settings.namespace(), settings.name()),
            fence,
            trouble,
            ticker,
            clock,
            () -> ThreadLocalRandom.current().nextDouble());
    this.roundNanos = ticker.nanos();
    this.thread = Thread.ofPlatform().daemon().name("leadership").unstarted(this::run);
  }

  @Override
  public void start() {
    roundNanos = ticker.nanos();
    thread.start();
  }

  @Override
  public State state() {
    return fence.state();
  }

  @Override
  public String lossReason() {
    String last = trouble.cause();
    return fence.lossReason() + (last.isEmpty() ? "" : ": " + last);
  }

  @Override
  public long transitions() {
    return candidacy.transitions();
  }

  @Override
  public WriteFence fence() {
    return fence;
  }

  @Override
  public String condition() {
    return "leadership";
  }

  @Override
  public Optional<String> missing() {
    return state() == State.LOST ? Optional.of("lost: " + lossReason()) : trouble.lasting();
  }

  @Override
  public Optional<String> remark() {
    return Optional.of(isLeading() ? "leading" : "standing by as follower");
  }

  @Override
  public Optional<String> livenessProblem() {
    if (stop.isRequested() || state() == State.LOST) {
      return Optional.empty();
    }
    boolean ended = thread.getState() == Thread.State.TERMINATED;
    boolean hangs = thread.isAlive() && ticker.nanos() - roundNanos > ROUND_BOUND.toNanos();
    return ended || hangs ? Optional.of("the leader election hangs") : Optional.empty();
  }

  @Override
  public void release() {
    fence.close();
    stop.request();
  }

  @Override
  public void close() {
    release();
    try {
      if (thread.isAlive()) {
        thread.join(CLOSING_TIME);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    own.close();
  }

  private void run() {
    try {
      while (!stop.isRequested() && state() != State.LOST) {
        stop.await(round());
      }
      if (state() == State.LOST) {
        log.error("Leadership lost: {}", lossReason());
        fenced.close();
      } else if (fence.awaitQuiet(QUIET_TIME)) {
        candidacy.release();
      } else {
        log.warn("Lease {} is left to run out: a write is still under way", settings.lease());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Nobody does; the lease runs out.
    }
  }

  /** A defect must not end the thread, but may well end the leadership. */
  private Duration round() {
    roundNanos = ticker.nanos();
    try {
      return candidacy.round();
    } catch (RuntimeException e) {
      log.error("Leader election failed unexpectedly", e);
      return settings.retryPeriod();
    }
  }
}
