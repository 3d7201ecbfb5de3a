package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.Clearance;
import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One action on its way through this process. Safe for use by several threads. */
final class Job {
  private final Action action;
  private final String payloadSha256;
  private final Clearance clearance = new Clearance();
  private final CountDownLatch settled = new CountDownLatch(1);
  private volatile @Nullable JournalEntry entry;
  private volatile boolean hasBegun;

  /** An action that was just verified, or found in the journal and verified again. */
  Job(Action action, byte[] payload) {
    this.action = action;
    this.payloadSha256 = sha256Of(payload);
  }

  Action action() {
    return action;
  }

  ActionId id() {
    return action.id();
  }

  /** Whether it only makes this process do less. */
  boolean isCancel() {
    return action.type() == ActionType.CANCEL_ACTION;
  }

  Clearance clearance() {
    return clearance;
  }

  /** SHA-256 of the payload: two deliveries of the very same action have the same. */
  String payloadSha256() {
    return payloadSha256;
  }

  /** It is in the journal, and ours to carry out. */
  void claimed(JournalEntry recorded) {
    entry = recorded;
    hasBegun = recorded.phase() == Phase.RUNNING;
    settled.countDown();
  }

  /** The journal says something else of it now. */
  void recorded(JournalEntry now) {
    entry = now;
  }

  /** It will not be carried out by this process. */
  void dropped() {
    settled.countDown();
  }

  /** Waits until it is known whether it is in the journal; false if that takes longer. */
  boolean awaitSettled(Duration atMost) throws InterruptedException {
    return settled.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Whether an earlier attempt was let begin: then it may have done something, which somebody has
   * to tidy up and to report, however the action ends.
   */
  boolean hasBegun() {
    return hasBegun;
  }

  /** What the journal said when it was claimed or taken up, and since. */
  JournalEntry entry() {
    @Nullable JournalEntry recorded = entry;
    if (recorded == null) {
      throw new IllegalStateException(id() + " is not in the journal yet");
    }
    return recorded;
  }

  static String sha256Of(byte[] payload) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(payload));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
