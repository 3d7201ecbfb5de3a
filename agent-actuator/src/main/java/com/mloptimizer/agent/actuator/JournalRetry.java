package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.handler.SuspendedException;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps at a change of the journal until the API server has made it: without its memory an action
 * cannot go on. Safe for use by several threads.
 */
final class JournalRetry {
  private static final Logger log = LoggerFactory.getLogger(JournalRetry.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final StopSignal stop;

  JournalRetry(StopSignal stop) {
    this.stop = stop;
  }

  /** A call of the journal. */
  interface Call<T> {
    T run() throws IOException, InterruptedException;
  }

  /**
   * Calls until it succeeds.
   *
   * @throws SuspendedException if the agent stops first
   */
  <T> T until(Call<T> call) throws SuspendedException, InterruptedException {
    boolean logged = false;
    while (true) {
      try {
        return call.run();
      } catch (IOException e) {
        if (!logged) {
          log.warn("Cannot write the journal, trying until it works: {}", e.getMessage());
          logged = true;
        }
      }
      if (stop.await(INTERVAL)) {
        throw new SuspendedException();
      }
    }
  }
}
