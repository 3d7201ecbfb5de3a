package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.simulation.Budgets;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure.Cause;
import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST pods/NAME/eviction}: a deletion that disruption budgets may refuse. As in the real
 * server the budget is asked, and spent, before the UID precondition is looked at.
 */
final class EvictionSubresource {
  private static final List<String> VERSIONS = List.of("policy/v1", "policy/v1beta1", "");

  private final ObjectStore store;
  private final WriteVerbs writes;
  private final Budgets budgets;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  EvictionSubresource(ObjectStore store, WriteVerbs writes, Budgets budgets) {
    this.store = store;
    this.writes = writes;
    this.budgets = budgets;
  }

  /** Evicts, or refuses with 429 while a budget does not allow it. */
  ObjectNode evict(ResourcePath path, ObjectNode eviction, WriteMode asked) {
    requireEviction(path, eviction);
    ObjectKey key = new ObjectKey(ResourceKinds.POD, path.namespace(), path.name());
    ObjectNode body = Fields.object(eviction.deepCopy(), "deleteOptions");
    boolean dry =
        Fields.at(body, "dryRun").valueStream().anyMatch(v -> v.asString("").equals("All"));
    WriteMode mode = dry ? WriteMode.DRY_RUN : asked;
    oneAtATime.lock();
    try {
      ObjectNode pod = store.require(key);
      writes.requireLiveNamespace(ResourceKinds.POD, pod);
      if (!ignoresBudgets(pod)) {
        askBudget(pod, mode);
      }
      writes.delete(key, Deletion.Options.of(body, mode));
    } finally {
      oneAtATime.unlock();
    }
    ObjectNode done = Fields.newObject().put("kind", "Status").put("apiVersion", "v1");
    done.putObject("metadata");
    return done.put("status", "Success").put("code", 201);
  }

  private static void requireEviction(ResourcePath path, ObjectNode eviction) {
    String version = Fields.text(eviction, "apiVersion");
    if (!Fields.text(eviction, "kind").equals("Eviction") || !VERSIONS.contains(version)) {
      throw ApiFailure.badRequest(
          "no kind \"%s\" is registered for version \"%s\""
              .formatted(Fields.text(eviction, "kind"), version));
    }
    if (!Fields.name(eviction).equals(path.name())) {
      throw ApiFailure.badRequest("name in URL does not match name in Eviction object");
    }
  }

  private static boolean ignoresBudgets(ObjectNode pod) {
    return Fields.isDeleting(pod)
        || List.of("Pending", "Succeeded", "Failed").contains(Fields.text(pod, "status.phase"));
  }

  private void askBudget(ObjectNode pod, WriteMode mode) {
    List<ObjectNode> matching = budgets.covering(pod);
    if (matching.size() > 1) {
      throw ApiFailure.of(
          500,
          "",
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not"
              + " support.");
    }
    if (matching.isEmpty()) {
      return;
    }
    ObjectNode budget = budgets.refresh(matching.getFirst());
    if (Fields.number(budget, "status.disruptionsAllowed", 0) <= 0) {
      throw refusal(budget);
    }
    if (mode == WriteMode.COMMIT) {
      budgets.spend(budget, Fields.name(pod));
    }
  }

  private static ApiFailure refusal(ObjectNode budget) {
    String cause =
        "The disruption budget %s needs %d healthy pods and has %d currently"
            .formatted(
                Fields.name(budget),
                Fields.number(budget, "status.desiredHealthy", 0),
                Fields.number(budget, "status.currentHealthy", 0));
    return ApiFailure.tooManyRequests(
            "Cannot evict pod as it would violate the pod's disruption budget.", 0)
        .cause(new Cause("DisruptionBudget", cause, ""));
  }
}
