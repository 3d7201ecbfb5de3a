package com.mloptimizer.agent.actuator.handler;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One of a pod's tolerations.
 *
 * @param key empty for every taint, if exists
 * @param effect empty for every effect
 * @param exists whether the value does not matter
 * @param forGood whether it never ends; otherwise a {@code NoExecute} taint deletes the pod later
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/">Taints
 *     and tolerations</a>
 */
record Toleration(String key, String value, String effect, boolean exists, boolean forGood) {

  static List<Toleration> of(LiveObject pod) {
    return pod.spec().path("tolerations").valueStream().map(Toleration::read).toList();
  }

  private static Toleration read(JsonNode toleration) {
    return new Toleration(
        toleration.path("key").asString(""),
        toleration.path("value").asString(""),
        toleration.path("effect").asString(""),
        toleration.path("operator").asString("Equal").equals("Exists"),
        !toleration.path("tolerationSeconds").isNumber());
  }

  /** Whether it is about that taint. */
  boolean matches(String taintKey, String taintValue, String taintEffect) {
    return (key.isEmpty() ? exists : key.equals(taintKey))
        && (exists || value.equals(taintValue))
        && (effect.isEmpty() || effect.equals(taintEffect));
  }
}
