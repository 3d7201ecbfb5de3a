package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST selfsubjectaccessreviews}: what the caller may do. */
final class AccessReview {
  private final Access access;

  AccessReview(Access access) {
    this.access = access;
  }

  ObjectNode review(ObjectNode review) {
    JsonNode asked = Fields.at(review, "spec.resourceAttributes");
    String subresource = Fields.text(asked, "subresource");
    String resource = Fields.text(asked, "resource");
    boolean allowed =
        access.isAllowed(
            Fields.text(asked, "verb"),
            Fields.text(asked, "group"),
            subresource.isEmpty() ? resource : resource + "/" + subresource);
    ObjectNode answer = Fields.newObject();
    answer.put("kind", "SelfSubjectAccessReview").put("apiVersion", "authorization.k8s.io/v1");
    answer.putObject("metadata");
    answer.set("spec", review.path("spec"));
    ObjectNode status = answer.putObject("status").put("allowed", allowed);
    if (allowed) {
      status.put("reason", "the sandbox allows what is not denied");
    }
    return answer;
  }
}
