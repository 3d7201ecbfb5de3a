package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.LabelSelector;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** PodDisruptionBudgets: what they allow right now, and spending it. */
public final class Budgets implements Controller {
  /** How long an eviction counts whose deletion is not seen. */
  private static final Duration DISRUPTION_TIMEOUT = Duration.ofMinutes(2);

  private static final Set<ResourceKind> SCALED =
      Set.of(ResourceKinds.DEPLOYMENT, ResourceKinds.REPLICA_SET, ResourceKinds.STATEFUL_SET);

  private final ObjectStore store;

  public Budgets(ObjectStore store) {
    this.store = store;
  }

  @Override
  public void reconcile() {
    store.list(ResourceKinds.BUDGET).forEach(this::refresh);
  }

  /** The budgets whose selector matches the pod. */
  public List<ObjectNode> covering(ObjectNode pod) {
    return store.list(ResourceKinds.BUDGET, Fields.namespace(pod)).items().stream()
        .filter(budget -> LabelSelector.of(Fields.at(budget, "spec.selector")).matches(pod))
        .toList();
  }

  /** Counts the budget's pods and stores what follows; returns the budget as it is now. */
  public ObjectNode refresh(ObjectNode budget) {
    ObjectKey key = ObjectKey.of(ResourceKinds.BUDGET, budget);
    if (store.get(key).isEmpty()) {
      return budget;
    }
    return store.update(key, WriteMode.COMMIT, this::withStatus);
  }

  /** Takes one disruption for the pod; it counts until the pod's deletion is seen. */
  public void spend(ObjectNode budget, String podName) {
    store.updateIfPresent(
        ObjectKey.of(ResourceKinds.BUDGET, budget),
        current -> {
          ObjectNode status = Fields.object(current, "status");
          int allowed = Fields.count(status, "disruptionsAllowed", 0);
          status.put("disruptionsAllowed", Math.max(0, allowed - 1));
          Fields.object(status, "disruptedPods").put(podName, Fields.timestamp(store.now()));
          return current;
        });
  }

  private ObjectNode withStatus(ObjectNode budget) {
    LabelSelector selector = LabelSelector.of(Fields.at(budget, "spec.selector"));
    List<ObjectNode> pods =
        store.list(ResourceKinds.POD, Fields.namespace(budget)).items().stream()
            .filter(selector::matches)
            .filter(pod -> !Pods.isFinished(pod))
            .toList();
    ObjectNode status = Fields.object(budget, "status");
    ObjectNode disrupted = stillDisrupted(Fields.at(status, "disruptedPods"), pods);
    int healthy =
        (int)
            pods.stream()
                .filter(pod -> Pods.isReady(pod) && !Fields.isDeleting(pod))
                .filter(pod -> !disrupted.has(Fields.name(pod)))
                .count();
    int expected = expected(budget, pods);
    int desired = desired(budget, expected);
    int allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
    status.put("currentHealthy", healthy).put("desiredHealthy", desired);
    status.put("expectedPods", expected).put("disruptionsAllowed", allowed);
    status.set("observedGeneration", Fields.at(budget, "metadata.generation"));
    status.remove("disruptedPods");
    if (!disrupted.isEmpty()) {
      status.set("disruptedPods", disrupted);
    }
    String reason = allowed > 0 ? "SufficientPods" : "InsufficientPods";
    Conditions.set(budget, "DisruptionAllowed", allowed > 0, reason, "", store.now())
        .set("observedGeneration", Fields.at(budget, "metadata.generation"));
    return budget;
  }

  private ObjectNode stillDisrupted(JsonNode known, List<ObjectNode> pods) {
    Set<String> present =
        pods.stream()
            .filter(pod -> !Fields.isDeleting(pod))
            .map(Fields::name)
            .collect(Collectors.toSet());
    Instant oldest = store.now().minus(DISRUPTION_TIMEOUT);
    ObjectNode still = Fields.newObject();
    Fields.texts(known)
        .forEach((name, since) -> {
          if (present.contains(name) && Instant.parse(since).isAfter(oldest)) {
            still.put(name, since);
          }
        });
    return still;
  }

  private int expected(ObjectNode budget, List<ObjectNode> pods) {
    boolean wholeNumber = Fields.at(budget, "spec.minAvailable").isIntegralNumber();
    if (wholeNumber) {
      return pods.size();
    }
    return pods.stream()
        .map(pod -> scaledOwner(pod).orElse(pod))
        .distinct()
        .mapToInt(owner -> Fields.count(owner, "spec.replicas", 1))
        .sum();
  }

  /** The Deployment, ReplicaSet or StatefulSet at the top of the pod's owners. */
  private Optional<ObjectNode> scaledOwner(ObjectNode object) {
    return Pods.controller(object)
        .flatMap(reference ->
            SCALED.stream()
                .filter(kind -> kind.kind().equals(Fields.text(reference, "kind")))
                .findFirst()
                .flatMap(kind -> store.get(owner(kind, object, reference))))
        .map(owner -> scaledOwner(owner).orElse(owner));
  }

  private static ObjectKey owner(ResourceKind kind, ObjectNode owned, JsonNode reference) {
    return new ObjectKey(kind, Fields.namespace(owned), Fields.text(reference, "name"));
  }

  private static int desired(ObjectNode budget, int expected) {
    JsonNode most = Fields.at(budget, "spec.maxUnavailable");
    if (!most.isMissingNode()) {
      return Math.max(0, expected - Share.of(most, expected, true));
    }
    return Share.of(Fields.at(budget, "spec.minAvailable"), expected, true);
  }
}
