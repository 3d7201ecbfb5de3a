package com.mloptimizer.agent.main;

/** The API server does not accept the credentials: nothing that waiting would mend. */
final class ClusterRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClusterRefusedException(String server, String answer) {
    super(
        "The cluster at %s refuses the credentials (%s).%n".formatted(server, answer)
            + "Outside a cluster: check the user of the kubeconfig's current context, its token may"
            + " have expired.\n"
            + "In a cluster: check that the pod's ServiceAccount exists and its token is mounted.");
  }
}
