package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.delivery.BatchSender;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that delivers, for as long as one run of the collector. */
final class SenderThread {

  private static final Logger log = LoggerFactory.getLogger(SenderThread.class);
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final BatchSender sender;
  private final Thread thread;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private SenderThread(BatchSender sender) {
    this.sender = sender;
    this.thread = Thread.ofPlatform().daemon().name("collector-sender").unstarted(this::run);
  }

  static SenderThread start(BatchSender sender) {
    SenderThread started = new SenderThread(sender);
    started.thread.start();
    return started;
  }

  private void run() {
    try {
      sender.run();
    } catch (InterruptedException e) {
      log.debug("Stopped delivering in the middle of an attempt");
    } catch (Throwable e) {
      // A defect of ours, or no memory; the collector's loop finds it and starts over.
      failure.set(e);
    }
  }

  BatchSender sender() {
    return sender;
  }

  /** What ended it before its time. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure.get());
  }

  /** Delivers what waits, for as long as this at most, and ends. */
  void finish(Duration atMost) throws InterruptedException {
    sender.finish();
    if (atMost.isPositive()) {
      thread.join(atMost);
    }
    sender.stop();
    thread.interrupt();
    thread.join(LAST_WORDS);
  }
}
