package com.mloptimizer.agent.main.check;

import com.mloptimizer.agent.actuator.journal.Journal;
import com.mloptimizer.agent.core.config.AgentConfiguration;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.main.permission.Feature;
import com.mloptimizer.agent.main.permission.FeatureCatalog;
import com.mloptimizer.agent.main.permission.PermissionReview;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Looks at the API server: version, permissions, metrics API, journal. */
public final class ClusterCheck {
  private static final int OLDEST_MINOR = 20;

  private final KubernetesClient kubernetes;
  private final String namespace;
  private final AgentConfiguration configuration;

  /**
   * Checks for an agent in this namespace.
   *
   * @param configuration says what it needs permissions for
   */
  public ClusterCheck(
      KubernetesClient kubernetes, String namespace, AgentConfiguration configuration) {
    this.kubernetes = kubernetes;
    this.namespace = namespace;
    this.configuration = configuration;
  }

  /** Everything; only the first finding if the API server cannot be used at all. */
  public List<Finding> findings() throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    findings.add(version());
    if (findings.getFirst().state() == Finding.State.OK) {
      findings.addAll(permissions());
      findings.add(metricsApi());
      findings.add(journal());
    }
    return findings;
  }

  private Finding version() {
    String subject = "kubernetes";
    try {
      ApiAnswer answer = kubernetes.send(ApiRequest.get(ResourcePath.raw("/version")));
      if (answer.statusCode() == 401) {
        return Finding.missing(
            subject, kubernetes.server() + " refuses the credentials: is the token expired?");
      }
      if (!answer.isSuccess()) {
        return Finding.missing(subject, kubernetes.server() + " answers " + answer.summary());
      }
      String version = answer.body().path("gitVersion").asString("?");
      String minor = answer.body().path("minor").asString("0").replaceAll("\\D", "");
      return minor.isEmpty() || Integer.parseInt(minor) < OLDEST_MINOR
          ? Finding.missing(subject, version + " is older than v1." + OLDEST_MINOR)
          : Finding.ok(subject, version + " at " + kubernetes.server());
    } catch (IOException e) {
      return Finding.missing(
          subject, "cannot reach " + kubernetes.server() + ": " + e.getMessage());
    }
  }

  private List<Finding> permissions() throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    GuardrailConfiguration guardrails = configuration.guardrails();
    List<Feature> features =
        new ArrayList<>(FeatureCatalog.features(namespace, guardrails.allowedActions()));
    features.add(FeatureCatalog.guardrails(namespace, configuration.podName() != null, guardrails));
    if (configuration.leaderElection()) {
      features.add(FeatureCatalog.leaderElection(namespace, configuration.leaseName()));
    }
    try {
      new PermissionReview(kubernetes)
          .missing(features)
          .forEach((feature, missing) ->
              feature
                  .permissions()
                  .forEach(permission ->
                      findings.add(
                          missing.contains(permission)
                              ? Finding.missing(
                                  feature.name(), "grant the permission to " + permission)
                              : Finding.ok(feature.name(), "may " + permission))));
    } catch (IOException e) {
      findings.add(Finding.missing("permissions", String.valueOf(e.getMessage())));
    }
    return findings;
  }

  private Finding metricsApi() {
    String subject = "metrics API";
    try {
      ApiAnswer answer =
          kubernetes.send(
              ApiRequest.get(ResourcePath.group("metrics.k8s.io", "v1beta1", "nodes"))
                  .query("limit", "1"));
      return answer.isSuccess()
          ? Finding.ok(subject, "metrics.k8s.io/v1beta1")
          : Finding.missing(
              subject,
              "install metrics-server; without it usage is unknown (" + answer.summary() + ")");
    } catch (IOException e) {
      return Finding.missing(subject, String.valueOf(e.getMessage()));
    }
  }

  private Finding journal() {
    String subject = "journal";
    try {
      return new Journal(kubernetes, namespace)
          .missing()
          .map(problem -> Finding.missing(subject, problem))
          .orElseGet(() -> Finding.ok(subject, "agentactions in namespace " + namespace));
    } catch (IOException e) {
      return Finding.missing(subject, String.valueOf(e.getMessage()));
    }
  }
}
