package com.mloptimizer.agent.core.kubernetes;

/** How a list ended. */
public sealed interface ListOutcome {

  /**
   * Every object was delivered.
   *
   * @param resourceVersion from where a watch continues without a gap
   * @param items how many there were
   */
  record Listed(String resourceVersion, int items) implements ListOutcome {}

  /**
   * The server refused, perhaps after some pages were delivered: forget these. A 410 means that the
   * list took longer than the server keeps history; begin again.
   *
   * @param answer what it said
   */
  record Refused(ApiAnswer answer) implements ListOutcome {}
}
