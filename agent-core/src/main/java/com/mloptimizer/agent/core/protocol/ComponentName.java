package com.mloptimizer.agent.core.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The four components of the agent, in the order in which they are started. */
public enum ComponentName {
  HEARTBEAT,
  WEBSOCKET,
  ACTUATOR,
  COLLECTOR;

  /** The name on the wire, in logs and in metrics, for example {@code collector}. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return wireName();
  }
}
