package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Lets so many evictions pass in any minute, whichever action they belong to, in the order in which
 * they lined up. One that the API server accepted counts for a minute from its answer on, so that
 * no minute of the server's clock ever sees more. Those under way count as if accepted. Safe for
 * use by several threads.
 */
final class EvictionRate {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** No longer: a request that is turned away makes room before any accepted one gets old. */
  private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

  private final int perMinute;
  private final Ticker ticker;

  // Guarded by this: when those of the last minute were accepted, oldest first; how many are under
  // way; who waits, in order.
  private final ArrayDeque<Long> accepted = new ArrayDeque<>();
  private int underWay;
  private final List<Turn> line = new ArrayList<>();

  EvictionRate(int perMinute, Ticker ticker) {
    this.perMinute = perMinute;
    this.ticker = ticker;
  }

  EvictionTurn turn() {
    return new Turn();
  }

  private synchronized Optional<Duration> poll(Turn turn) {
    if (turn.granted) {
      return Optional.empty();
    }
    if (!line.contains(turn)) {
      line.add(turn);
    }
    long now = ticker.nanos();
    while (!accepted.isEmpty() && now - accepted.getFirst() >= MINUTE.toNanos()) {
      accepted.removeFirst();
    }
    int ahead = line.indexOf(turn);
    int free = perMinute - accepted.size() - underWay;
    if (ahead < free) {
      line.remove(turn);
      underWay++;
      turn.granted = true;
      return Optional.empty();
    }
    return Optional.of(untilFree(ahead - free, now));
  }

  /** Until that many of the accepted ones and one more have become old, if so many are known. */
  private Duration untilFree(int more, long now) {
    Iterator<Long> oldest = accepted.iterator();
    long last = now + LONGEST_WAIT.toNanos() - MINUTE.toNanos();
    for (int i = 0; i <= more && oldest.hasNext(); i++) {
      last = oldest.next();
    }
    Duration wait = Duration.ofNanos(last + MINUTE.toNanos() - now);
    if (wait.compareTo(LONGEST_WAIT) > 0) {
      return LONGEST_WAIT;
    }
    return wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
  }

  private synchronized void end(Turn turn, boolean counts) {
    line.remove(turn);
    if (turn.granted) {
      turn.granted = false;
      underWay--;
      if (counts) {
        accepted.addLast(ticker.nanos());
      }
    }
  }

  /** One caller's place. */
  private final class Turn implements EvictionTurn {
    // Guarded by the rate.
    private boolean granted;

    // Of the caller's thread alone.
    private boolean sent;

    @Override
    public Optional<Duration> poll() {
      return EvictionRate.this.poll(this);
    }

    @Override
    public void sent() {
      sent = true;
    }

    @Override
    public void answered(boolean counts) {
      sent = false;
      end(this, counts);
    }

    @Override
    public void close() {
      end(this, sent);
    }
  }
}
