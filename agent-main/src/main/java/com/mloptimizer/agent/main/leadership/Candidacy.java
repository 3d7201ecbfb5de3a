package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The game itself, a round at a time: try to take the Lease over, or to renew it. For one thread.
 */
final class Candidacy {
  private static final Logger log = LoggerFactory.getLogger(Candidacy.class);

  /** A call that takes longer is tried again: a deadline has room for two of them. */
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(4);

  /** Candidates that began together should not always meet. */
  private static final double JITTER = 0.1;

  private final LeaseSettings settings;
  private final Leases leases;
  private final LeaderFence fence;
  private final LeaseWatch watch;
  private final LeaseTrouble trouble;
  private final Ticker ticker;
  private final InstantSource clock;
  private final DoubleSupplier random;

  private @Nullable Lease mine;
  private String lastHolder = "";
  private final AtomicLong transitions = new AtomicLong();

  /**
   * @param random numbers in [0, 1)
   */
  Candidacy(
      LeaseSettings settings,
      Leases leases,
      LeaderFence fence,
      LeaseTrouble trouble,
      Ticker ticker,
      InstantSource clock,
      DoubleSupplier random) {
    this.settings = settings;
    this.leases = leases;
    this.fence = fence;
    this.trouble = trouble;
    this.watch = new LeaseWatch(settings.duration());
    this.ticker = ticker;
    this.clock = clock;
    this.random = random;
  }

  /**
   * One round, according to where the process stands: a few calls, each of a few seconds at most.
   *
   * @return how long to wait before the next one
   */
  Duration round() {
    return switch (fence.state()) {
      case STANDING_BY -> stand();
      case LEADING -> renew();
      case LOST, RELEASED -> settings.retryPeriod();
    };
  }

  private Duration stand() {
    switch (leases.read(CALL_TIMEOUT)) {
      case LeaseReply.Absent _ -> claim(Lease.unclaimed(settings.namespace(), settings.name()));
      case LeaseReply.Current(Lease lease) -> {
        long now = ticker.nanos();
        watch.see(lease, now);
        boolean ours = lease.holder().equals(settings.identity());
        if (ours || !watch.untilFree(now).isPositive()) {
          claim(lease);
        } else {
          standBy(lease.holder());
        }
      }
      case LeaseReply.Failed(String cause) -> trouble.goesOn(cause);
      case LeaseReply.Conflict _ -> trouble.goesOn("the lease cannot be read: conflict");
    }
    return fence.state() == State.LEADING ? settings.retryPeriod() : untilNextLook();
  }

  private void claim(Lease found) {
    String before = found.holder();
    Moment began = Moment.now(ticker, clock);
    Lease claimed = found.claimed(settings.identity(), settings.duration(), began.instant());
    LeaseReply reply =
        claimed.exists()
            ? leases.replace(claimed, CALL_TIMEOUT)
            : leases.create(claimed, CALL_TIMEOUT);
    switch (reply) {
      case LeaseReply.Current(Lease lease) -> {
        trouble.over();
        changed(settings.identity());
        mine = lease;
        fence.open(began);
        log.info(
            "Leadership acquired: lease {}{}",
            settings.lease(),
            before.isEmpty() ? "" : ", not renewed by " + before);
      }
      case LeaseReply.Conflict _, LeaseReply.Absent _ -> trouble.over(); // Somebody was quicker.
      case LeaseReply.Failed(String cause) -> trouble.goesOn(cause);
    }
  }

  private void standBy(String holder) {
    trouble.over();
    if (changed(holder)) {
      log.info("Standing by as follower: {} leads", holder);
    }
  }

  /** At the moment when the lease runs out, if that comes before the next turn. */
  private Duration untilNextLook() {
    double jitter = 1 + JITTER * random.getAsDouble();
    Duration turn = Duration.ofNanos((long) (settings.retryPeriod().toNanos() * jitter));
    Duration free = watch.untilFree(ticker.nanos());
    return free.isPositive() && free.compareTo(turn) < 0 ? free : turn;
  }

  private Duration renew() {
    Lease held = mine;
    if (held == null) {
      throw new IllegalStateException("leads without a lease");
    }
    switch (write(held)) {
      case LeaseReply.Current _ -> trouble.over();
      case LeaseReply.Conflict _, LeaseReply.Absent _ -> renewAfterConflict();
      case LeaseReply.Failed(String cause) -> trouble.goesOn(cause);
    }
    return shorter(settings.retryPeriod(), fence.left());
  }

  /** Somebody wrote it in between: an earlier call of ours, a person, or the next leader. */
  private void renewAfterConflict() {
    switch (leases.read(callTimeout())) {
      case LeaseReply.Current(Lease lease) when lease.holder().equals(settings.identity()) -> {
        if (write(lease) instanceof LeaseReply.Current) {
          trouble.over();
        } else {
          trouble.goesOn("the lease changes too quickly");
        }
      }
      case LeaseReply.Current(Lease lease) -> {
        changed(lease.holder());
        fence.lose(
            lease.holder().isEmpty()
                ? "somebody released the lease"
                : lease.holder() + " took over");
      }
      // Deleted: whoever makes it anew leads. That is a race, which the API server decides.
      case LeaseReply.Absent _ -> remake();
      case LeaseReply.Conflict _ -> trouble.goesOn("the lease cannot be read: conflict");
      case LeaseReply.Failed(String cause) -> trouble.goesOn(cause);
    }
  }

  private void remake() {
    Moment began = Moment.now(ticker, clock);
    Lease anew =
        Lease.unclaimed(settings.namespace(), settings.name())
            .claimed(settings.identity(), settings.duration(), began.instant());
    switch (leases.create(anew, callTimeout())) {
      case LeaseReply.Current(Lease lease) -> {
        mine = lease;
        fence.renewed(began);
        trouble.over();
      }
      case LeaseReply.Conflict _, LeaseReply.Absent _ -> trouble.goesOn("the lease was deleted");
      case LeaseReply.Failed(String cause) -> trouble.goesOn(cause);
    }
  }

  private LeaseReply write(Lease lease) {
    Moment began = Moment.now(ticker, clock);
    LeaseReply reply = leases.replace(lease.renewed(began.instant()), callTimeout());
    if (reply instanceof LeaseReply.Current(Lease written)) {
      mine = written;
      fence.renewed(began);
    }
    return reply;
  }

  /** Never past the deadline, at which this thread has something else to do. */
  private Duration callTimeout() {
    Duration left = fence.left();
    return left.isPositive() ? shorter(CALL_TIMEOUT, left) : Duration.ofMillis(1);
  }

  /** Gives the Lease back if this process holds it; to be called when the fence is closed. */
  void release() {
    Lease held = mine;
    if (held == null || fence.state() == State.LOST) {
      return;
    }
    LeaseReply reply = leases.replace(held.released(clock.instant()), CALL_TIMEOUT);
    if (reply instanceof LeaseReply.Conflict
        && leases.read(CALL_TIMEOUT) instanceof LeaseReply.Current(Lease lease)
        && lease.holder().equals(settings.identity())) {
      reply = leases.replace(lease.released(clock.instant()), CALL_TIMEOUT);
    }
    if (reply instanceof LeaseReply.Current) {
      log.info("Leadership released: lease {}", settings.lease());
    } else {
      log.warn("Leadership not released, the lease has to run out: {}", reply);
    }
  }

  /** How often another holder, or this process as one, was seen. Any thread. */
  long transitions() {
    return transitions.get();
  }

  /** Notes who holds the Lease; whether that is somebody else than before. */
  private boolean changed(String holder) {
    if (holder.equals(lastHolder)) {
      return false;
    }
    if (!lastHolder.isEmpty() || holder.equals(settings.identity())) {
      transitions.incrementAndGet();
    }
    lastHolder = holder;
    return true;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
