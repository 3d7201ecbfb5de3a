package com.mloptimizer.agent.collector.spool;

/** Hears what a {@link Spool} lost. Called by the thread that uses it; must return at once. */
public interface SpoolListener {

  /** The oldest entries made room for new ones. */
  void evicted(int entries);

  /** This many entries, or an unknown number in one place, could not be read back. */
  void damaged(int entries, String where);

  /** Hears nothing. */
  static SpoolListener none() {
    return new SpoolListener() {
      @Override
      public void evicted(int entries) {}

      @Override
      public void damaged(int entries, String where) {}
    };
  }
}
