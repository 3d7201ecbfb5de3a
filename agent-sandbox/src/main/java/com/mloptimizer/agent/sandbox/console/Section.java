package com.mloptimizer.agent.sandbox.console;

import java.util.Locale;

/** A part of the page that changes as one. */
enum Section {
  CLUSTER,
  USAGE,
  AGENT,
  BATCHES,
  ACTIONS;

  String eventName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
