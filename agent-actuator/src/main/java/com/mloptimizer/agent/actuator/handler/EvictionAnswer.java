package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import java.util.Locale;

/**
 * What the API server's answer to an eviction means. Pure.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/core/pod/storage/eviction.go">eviction.go</a>
 */
enum EvictionAnswer {
  /** The pod goes, after its grace period. */
  ACCEPTED,
  /** A budget does not allow it now. */
  BLOCKED,
  /** Several budgets cover the pod, which no eviction ever passes. */
  TOO_MANY_BUDGETS,
  /** Somebody moves the workload elsewhere because of it, and the pod goes then. */
  EVACUATING,
  /** The pod goes with its namespace. */
  NAMESPACE_GOES,
  /** Gone, another pod, or the budget was contended: only another look tells. */
  LOOK_AGAIN,
  /** Throttling or trouble, which says nothing about the pod. */
  TROUBLE,
  /** It will not be done. */
  REFUSED;

  static EvictionAnswer of(ApiAnswer answer) {
    if (answer.isSuccess()) {
      return ACCEPTED;
    }
    return switch (answer.statusCode()) {
      case 403 -> NAMESPACE_GOES;
      case 404, 409 -> LOOK_AGAIN;
      case 429 ->
          answer.hasCause("DisruptionBudget")
              ? BLOCKED
              : isEvacuation(answer.message()) ? EVACUATING : TROUBLE;
      case 500 ->
          answer.message().contains("more than one PodDisruptionBudget")
              ? TOO_MANY_BUDGETS
              : TROUBLE;
      default -> ClusterCalls.isTrouble(answer) ? TROUBLE : REFUSED;
    };
  }

  /** As KubeVirt's webhook says it: {@code Eviction triggered evacuation of VMI "shop/db"}. */
  private static boolean isEvacuation(String message) {
    String text = message.toLowerCase(Locale.ROOT);
    return text.contains("evacuation") && text.contains("triggered");
  }
}
