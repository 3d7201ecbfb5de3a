package com.mloptimizer.agent.sandbox.cluster.api;

/** The version that the cluster says it is; what it serves is what this version has. */
public record KubernetesVersion(String major, String minor, String patch) {
  /** The version that the sandbox imitates. */
  public static final KubernetesVersion IMITATED = new KubernetesVersion("1", "34", "0");

  /** {@code v1.34.0}. */
  public String gitVersion() {
    return "v" + major + "." + minor + "." + patch;
  }
}
