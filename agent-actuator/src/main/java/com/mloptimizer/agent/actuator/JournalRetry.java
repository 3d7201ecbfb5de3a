package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.SuspendedException;
import com.mloptimizer.agent.actuator.journal.JournalRefusedException;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps at a change of the journal until the API server has made it: without its memory an action
 * cannot go on. One that is refused has others take its turn meanwhile. Safe for use by several
 * threads.
 */
final class JournalRetry {
  private static final Logger log = LoggerFactory.getLogger(JournalRetry.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** How soon it goes on once it may. */
  private static final Duration NOTICE = Duration.ofMillis(100);

  private final Dispatcher dispatcher;
  private final StopSignal stop;
  private final Backoff backoff = Backoff.standard();

  JournalRetry(Dispatcher dispatcher, StopSignal stop) {
    this.dispatcher = dispatcher;
    this.stop = stop;
  }

  /** A call of the journal. */
  interface Call<T> {
    T run() throws IOException, InterruptedException;
  }

  /**
   * Calls until it succeeds. The job may have given its turn away by then.
   *
   * @throws SuspendedException if the agent stops first
   */
  <T> T until(Job job, Call<T> call) throws SuspendedException, InterruptedException {
    int refusals = 0;
    boolean logged = false;
    while (true) {
      Duration pause = INTERVAL;
      try {
        return call.run();
      } catch (JournalRefusedException e) {
        if (refusals == 0) {
          log.warn(
              "The API server refuses to record this action, others go first meanwhile: {}",
              e.getMessage());
          dispatcher.park(job);
        }
        refusals++;
        pause = backoff.delay(refusals);
      } catch (IOException e) {
        if (!logged) {
          log.warn("Cannot write the journal, trying until it works: {}", e.getMessage());
          logged = true;
        }
      }
      pause(pause);
    }
  }

  /**
   * Waits until the job has its turn again, which it needs to go on but not to end.
   *
   * @throws SuspendedException if the agent stops first
   */
  void awaitTurn(Job job) throws SuspendedException, InterruptedException {
    while (job.clearance().withdrawn().isEmpty() && !dispatcher.tryUnpark(job)) {
      pause(NOTICE);
    }
  }

  private void pause(Duration time) throws SuspendedException, InterruptedException {
    if (stop.await(time)) {
      throw new SuspendedException();
    }
  }
}
