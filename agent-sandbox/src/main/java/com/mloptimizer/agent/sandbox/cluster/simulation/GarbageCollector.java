package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes what nobody owns any more, empties namespaces that go, removes pods of nodes that are
 * gone and events that are old.
 */
final class GarbageCollector implements Controller {
  private static final Duration EVENT_LIFETIME = Duration.ofHours(3);

  private final ObjectStore store;
  private final ResourceKinds kinds;
  private final Deletion deletion;

  GarbageCollector(ObjectStore store, ResourceKinds kinds) {
    this.store = store;
    this.kinds = kinds;
    this.deletion = new Deletion(store);
  }

  @Override
  public void reconcile() {
    Map<String, ObjectNode> alive = new HashMap<>();
    Set<String> withDependents = new HashSet<>();
    List<ResourceKind> all = kinds.all().toList();
    for (ResourceKind kind : all) {
      for (ObjectNode object : store.list(kind)) {
        alive.put(Fields.uid(object), object);
        owners(object).forEach(owner -> withDependents.add(Fields.text(owner, "uid")));
      }
    }
    for (ResourceKind kind : all) {
      for (ObjectNode object : store.list(kind)) {
        collect(kind, object, alive);
        finish(kind, object, withDependents);
      }
    }
    namespaces(all);
    podsOfLostNodes();
    oldEvents();
  }

  private static JsonNode owners(JsonNode object) {
    return Fields.at(object, "metadata.ownerReferences");
  }

  private void collect(ResourceKind kind, ObjectNode object, Map<String, ObjectNode> alive) {
    JsonNode owners = owners(object);
    if (owners.isEmpty() || Fields.isDeleting(object)) {
      return;
    }
    boolean abandoned =
        owners
            .valueStream()
            .allMatch(owner -> {
              ObjectNode found = alive.get(Fields.text(owner, "uid"));
              return found == null || hasFinalizer(found, Deletion.FOREGROUND);
            });
    boolean orphaned =
        owners
            .valueStream()
            .map(owner -> alive.get(Fields.text(owner, "uid")))
            .anyMatch(owner -> owner != null && hasFinalizer(owner, Deletion.ORPHAN));
    ObjectKey key = ObjectKey.of(kind, object);
    if (orphaned) {
      store.updateIfPresent(
          key,
          current -> {
            Fields.object(current, "metadata").remove("ownerReferences");
            return current;
          });
    } else if (abandoned && store.get(key).isPresent()) {
      deletion.delete(key, Deletion.Options.none());
    }
  }

  private static boolean hasFinalizer(JsonNode object, String finalizer) {
    return Fields.isDeleting(object)
        && Fields.at(object, "metadata.finalizers")
            .valueStream()
            .anyMatch(f -> f.stringValue("").equals(finalizer));
  }

  /** Takes the collector's own finalizers off owners that have no dependents left. */
  private void finish(ResourceKind kind, ObjectNode object, Set<String> withDependents) {
    if (withDependents.contains(Fields.uid(object))) {
      return;
    }
    for (String finalizer : List.of(Deletion.FOREGROUND, Deletion.ORPHAN)) {
      if (hasFinalizer(object, finalizer)) {
        store.updateIfPresent(
            ObjectKey.of(kind, object),
            current -> {
              Fields.array(current, "metadata.finalizers")
                  .removeIf(f -> f.stringValue("").equals(finalizer));
              return current;
            });
      }
    }
  }

  private void namespaces(List<ResourceKind> all) {
    for (ObjectNode namespace : store.list(ResourceKinds.NAMESPACE)) {
      if (Fields.isDeleting(namespace) && empty(Fields.name(namespace), all)) {
        store.updateIfPresent(
            ObjectKey.of(ResourceKinds.NAMESPACE, namespace),
            current -> {
              Fields.object(current, "spec").remove("finalizers");
              return current;
            });
      }
    }
  }

  private boolean empty(String namespace, List<ResourceKind> all) {
    boolean empty = true;
    for (ResourceKind kind : all) {
      if (kind.namespaced()) {
        for (ObjectNode object : store.list(kind, namespace).items()) {
          empty = false;
          if (!Fields.isDeleting(object)) {
            deletion.delete(ObjectKey.of(kind, object), Deletion.Options.none());
          }
        }
      }
    }
    return empty;
  }

  private void podsOfLostNodes() {
    Set<String> nodes = new HashSet<>();
    store.list(ResourceKinds.NODE).forEach(node -> nodes.add(Fields.name(node)));
    for (ObjectNode pod : store.list(ResourceKinds.POD)) {
      String node = Fields.text(pod, "spec.nodeName");
      if (!node.isEmpty() && !nodes.contains(node)) {
        store.remove(ObjectKey.of(ResourceKinds.POD, pod));
      }
    }
  }

  private void oldEvents() {
    Instant oldest = store.now().minus(EVENT_LIFETIME);
    for (ObjectNode event : store.list(ResourceKinds.EVENT)) {
      if (Fields.time(event, "lastTimestamp").filter(last -> last.isBefore(oldest)).isPresent()) {
        store.remove(ObjectKey.of(ResourceKinds.EVENT, event));
      }
    }
  }
}
