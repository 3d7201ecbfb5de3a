package com.mloptimizer.agent.sandbox.cluster.simulation;

import tools.jackson.databind.JsonNode;

/** A number that may be given as a percentage of a whole, such as {@code maxSurge}. */
final class Share {
  private Share() {}

  static int of(JsonNode value, int whole, boolean up) {
    if (value.isIntegralNumber()) {
      return value.intValue();
    }
    String text = value.stringValue("");
    if (!text.endsWith("%")) {
      return 0;
    }
    int percent = Integer.parseInt(text.substring(0, text.length() - 1));
    int scaled = percent * whole;
    return up ? Math.ceilDiv(scaled, 100) : scaled / 100;
  }
}
