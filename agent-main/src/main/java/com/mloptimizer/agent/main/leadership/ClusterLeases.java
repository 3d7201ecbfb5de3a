package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;

/** The Lease of an API server. */
final class ClusterLeases implements Leases {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final KubernetesClient kubernetes;
  private final ResourcePath collection;
  private final String name;

  /**
   * @param kubernetes without a fence: the Lease is what the fence goes by
   */
  ClusterLeases(KubernetesClient kubernetes, String namespace, String name) {
    this.kubernetes = kubernetes;
    this.collection =
        ResourcePath.group("coordination.k8s.io", "v1", "leases").namespace(namespace);
    this.name = name;
  }

  @Override
  public LeaseReply read(Duration atMost) {
    return send(ApiRequest.get(collection.name(name)), atMost);
  }

  @Override
  public LeaseReply create(Lease lease, Duration atMost) {
    return send(ApiRequest.post(collection, lease.object()), atMost);
  }

  @Override
  public LeaseReply replace(Lease lease, Duration atMost) {
    return send(ApiRequest.put(collection.name(name), lease.object()), atMost);
  }

  private LeaseReply send(ApiRequest request, Duration atMost) {
    try {
      ApiAnswer answer = kubernetes.send(request.timeout(atMost));
      if (answer.isSuccess()) {
        return new LeaseReply.Current(Lease.of(answer.body()));
      }
      return switch (answer.statusCode()) {
        case NOT_FOUND -> request.isRead() ? new LeaseReply.Absent() : missing(request, answer);
        case CONFLICT -> new LeaseReply.Conflict();
        default -> new LeaseReply.Failed(answer.summary());
      };
    } catch (IOException e) {
      return new LeaseReply.Failed(String.valueOf(e.getMessage()));
    }
  }

  /** A Lease that is gone is a conflict; a namespace that is gone is trouble. */
  private static LeaseReply missing(ApiRequest request, ApiAnswer answer) {
    return request.method().equals("PUT")
        ? new LeaseReply.Conflict()
        : new LeaseReply.Failed(answer.summary());
  }
}
