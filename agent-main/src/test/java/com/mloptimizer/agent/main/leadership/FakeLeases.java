package com.mloptimizer.agent.main.leadership;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A Lease in memory, guarded by its resourceVersion, behind a line that takes its time or breaks.
 * Time is the test's.
 */
final class FakeLeases {
  /** What happens to one call. */
  enum Trouble {
    NONE,
    /** It is not done. */
    REFUSED,
    /** It is done, and its answer is lost after all the time it was given. */
    ANSWER_LOST
  }

  private @Nullable ObjectNode stored;
  private long version;

  /** One candidate's way to the Lease. */
  final class Line implements Leases {
    private final TestClock clock;
    private final Deque<Trouble> troubles = new ArrayDeque<>();
    private Duration latency = Duration.ZERO;
    private boolean cut;
    private int writes;

    Line(TestClock clock) {
      this.clock = clock;
    }

    /** The next calls go wrong, one after the other. */
    void next(Trouble... coming) {
      troubles.addAll(List.of(coming));
    }

    /** Every call takes that long, half of it on the way there. */
    void latency(Duration time) {
      latency = time;
    }

    /** No call comes through, and each takes all its time. */
    void cut(boolean value) {
      cut = value;
    }

    int writes() {
      return writes;
    }

    @Override
    public LeaseReply read(Duration atMost) {
      return call(atMost, FakeLeases.this::read);
    }

    @Override
    public LeaseReply create(Lease lease, Duration atMost) {
      writes++;
      return call(atMost, () -> stored == null ? write(lease.object()) : new LeaseReply.Conflict());
    }

    @Override
    public LeaseReply replace(Lease lease, Duration atMost) {
      writes++;
      return call(atMost, () -> FakeLeases.this.replace(lease.object()));
    }

    private LeaseReply call(Duration atMost, Supplier<LeaseReply> call) {
      if (cut) {
        clock.advance(atMost);
        return new LeaseReply.Failed("timeout");
      }
      if (latency.compareTo(atMost) > 0) {
        // It comes there, too late for the answer.
        clock.advance(atMost);
        var _ = call.get();
        return new LeaseReply.Failed("timeout");
      }
      clock.advance(latency.dividedBy(2));
      Trouble trouble = troubles.poll();
      if (trouble == Trouble.REFUSED) {
        clock.advance(latency.dividedBy(2));
        return new LeaseReply.Failed("500 InternalError");
      }
      LeaseReply reply = call.get();
      if (trouble == Trouble.ANSWER_LOST) {
        clock.advance(atMost.minus(latency.dividedBy(2)));
        return new LeaseReply.Failed("timeout");
      }
      clock.advance(latency.dividedBy(2));
      return reply;
    }
  }

  /** What is stored now. */
  Optional<Lease> current() {
    return Optional.ofNullable(stored).map(Lease::of);
  }

  /** Somebody writes it, by hand. */
  void put(Lease lease) {
    write(lease.object());
  }

  void delete() {
    stored = null;
  }

  private LeaseReply read() {
    return stored == null ? new LeaseReply.Absent() : new LeaseReply.Current(Lease.of(stored));
  }

  private LeaseReply replace(ObjectNode object) {
    boolean same =
        stored != null
            && stored
                .at("/metadata/resourceVersion")
                .equals(object.at("/metadata/resourceVersion"));
    return same ? write(object) : new LeaseReply.Conflict();
  }

  private LeaseReply write(ObjectNode object) {
    ObjectNode written = object.deepCopy();
    written.withObjectProperty("metadata").put("resourceVersion", Long.toString(++version));
    stored = written;
    return new LeaseReply.Current(Lease.of(written));
  }
}
