package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.HexFormat;
import tools.jackson.databind.node.ObjectNode;

/** Records core/v1 Events as components do: the same event again only raises its count. */
final class EventRecorder {
  private final ObjectStore store;
  private final String component;

  EventRecorder(ObjectStore store, String component) {
    this.store = store;
    this.component = component;
  }

  void normal(ObjectNode about, String reason, String message) {
    record(about, "Normal", reason, message);
  }

  void warning(ObjectNode about, String reason, String message) {
    record(about, "Warning", reason, message);
  }

  private void record(ObjectNode about, String type, String reason, String message) {
    String now = Fields.timestamp(store.now());
    ObjectNode event = draft(about, type, reason, message);
    ObjectKey key = ObjectKey.of(ResourceKinds.EVENT, event);
    if (store.get(key).isPresent()) {
      store.updateIfPresent(
          key,
          known ->
              known.put("lastTimestamp", now).put("count", Fields.count(known, "count", 1) + 1));
    } else {
      event.put("firstTimestamp", now).put("lastTimestamp", now).put("count", 1);
      store.create(ResourceKinds.EVENT, event, WriteMode.COMMIT);
    }
  }

  private ObjectNode draft(ObjectNode about, String type, String reason, String message) {
    String namespace = Fields.namespace(about).isEmpty() ? "default" : Fields.namespace(about);
    String identity = Fields.uid(about) + reason + message;
    String suffix = HexFormat.of().toHexDigits(store.seed().of(identity).nextLong());
    ObjectNode event = Fields.newObject().put("kind", "Event").put("apiVersion", "v1");
    event
        .putObject("metadata")
        .put("name", Fields.name(about) + "." + suffix)
        .put("namespace", namespace);
    ObjectNode involved = event.putObject("involvedObject");
    involved.put("kind", Fields.text(about, "kind"));
    if (!Fields.namespace(about).isEmpty()) {
      involved.put("namespace", Fields.namespace(about));
    }
    involved
        .put("name", Fields.name(about))
        .put("uid", Fields.uid(about))
        .put("apiVersion", Fields.text(about, "apiVersion"))
        .put("resourceVersion", Fields.text(about, "metadata.resourceVersion"));
    event.put("reason", reason).put("message", message).put("type", type);
    event.putObject("source").put("component", component);
    event.putNull("eventTime").put("reportingComponent", component).put("reportingInstance", "");
    return event;
  }
}
