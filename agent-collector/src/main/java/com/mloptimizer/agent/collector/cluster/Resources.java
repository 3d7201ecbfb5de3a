package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;

/** Requests and limits of a container, or of a pod as a whole. */
record Resources(Amounts requests, Amounts limits) {

  static final Resources NONE = new Resources(Amounts.NONE, Amounts.NONE);

  static Resources read(ObjectCursor fields, QuantityReader quantities) {
    Amounts requests = Amounts.NONE;
    Amounts limits = Amounts.NONE;
    while (fields.next()) {
      switch (fields.field()) {
        case "requests" -> requests = quantities.amounts("requests", fields.object());
        case "limits" -> limits = quantities.amounts("limits", fields.object());
        default -> {}
      }
    }
    return new Resources(requests, limits);
  }
}
