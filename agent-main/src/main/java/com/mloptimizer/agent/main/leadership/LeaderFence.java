package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.kubernetes.FencedWriteException;
import com.mloptimizer.agent.core.kubernetes.WriteFence;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process leads, by nothing but the clock and the beginning of its last successful
 * renewal: it needs no thread to fall, so a process that was stopped for a while finds it fallen.
 * Others take over no earlier than a lease's duration after they saw that renewal, which was after
 * it began. Thread-safe.
 */
final class LeaderFence implements WriteFence {
  private final Duration renewDeadline;
  private final Ticker ticker;
  private final InstantSource clock;

  // Guarded by this.
  private State state = State.STANDING_BY;
  private @Nullable Moment renewed;
  private String lossReason = "";
  private int underWay;

  LeaderFence(Duration renewDeadline, Ticker ticker, InstantSource clock) {
    this.renewDeadline = renewDeadline;
    this.ticker = ticker;
    this.clock = clock;
  }

  /** The process has become leader, by a call that began then; not if it was given up before. */
  synchronized void open(Moment began) {
    if (state == State.STANDING_BY) {
      state = State.LEADING;
      renewed = began;
    }
  }

  /** The lease was renewed by a call that began then; what has fallen stays so. */
  synchronized void renewed(Moment began) {
    if (state() == State.LEADING) {
      renewed = began;
    }
  }

  /** The process does not lead any more. */
  synchronized void lose(String reason) {
    if (state == State.LEADING) {
      state = State.LOST;
      lossReason = reason;
    }
  }

  /** Lets nothing through from now on. */
  synchronized void close() {
    if (state() != State.LOST) {
      state = State.RELEASED;
    }
  }

  synchronized State state() {
    if (state == State.LEADING && !left().isPositive()) {
      lose("the lease was not renewed for " + renewDeadline.toSeconds() + " s");
    }
    return state;
  }

  synchronized String lossReason() {
    return lossReason;
  }

  /** How long it stands if the lease is not renewed; nothing or less if it has fallen. */
  synchronized Duration left() {
    return renewed == null
        ? Duration.ZERO
        : renewDeadline.minus(Moment.now(ticker, clock).since(renewed));
  }

  @Override
  public synchronized void enter() throws FencedWriteException {
    if (state() != State.LEADING) {
      throw new FencedWriteException("not sent: this process does not lead (any more)");
    }
    underWay++;
  }

  @Override
  public synchronized void leave() {
    underWay--;
    notifyAll();
  }

  /**
   * Waits until every write that was let through has been answered.
   *
   * @return whether that was so in time
   */
  synchronized boolean awaitQuiet(Duration atMost) throws InterruptedException {
    long until = System.nanoTime() + atMost.toNanos();
    while (underWay > 0) {
      long left = until - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
