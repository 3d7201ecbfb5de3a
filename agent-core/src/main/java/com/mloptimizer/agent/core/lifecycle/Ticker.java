package com.mloptimizer.agent.core.lifecycle;

/** Time that only moves forward, for measuring durations. */
@FunctionalInterface
public interface Ticker {

  /** Nanoseconds since some fixed point; only differences mean something. */
  long nanos();

  /** The machine's own. */
  static Ticker system() {
    return System::nanoTime;
  }
}
