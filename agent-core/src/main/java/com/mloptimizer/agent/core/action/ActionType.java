package com.mloptimizer.agent.core.action;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;

/** The types of action that protocol version 1 knows. */
public enum ActionType {
  EVICT_POD,
  CORDON_NODE,
  UNCORDON_NODE,
  DRAIN_NODE,
  LABEL_NODE,
  TAINT_NODE,
  LABEL_RESOURCE,
  SCALE_WORKLOAD,
  UPDATE_DEPLOYMENT,
  RESTART_ROLLOUT,
  RESIZE_POD,
  CANCEL_ACTION;

  /** The name on the wire, for example {@code drain_node}. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The capability that announces this type to the backend, for example {@code action:drain_node}.
   */
  public String capability() {
    return "action:" + wireName();
  }

  /** The type of that name, if this version knows it. */
  public static Optional<ActionType> of(String wireName) {
    for (ActionType type : values()) {
      if (type.wireName().equals(wireName)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
