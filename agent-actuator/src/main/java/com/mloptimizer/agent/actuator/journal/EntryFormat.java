package com.mloptimizer.agent.actuator.journal;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How an entry is written as an {@code AgentAction} object, and read again. */
final class EntryFormat {
  private final ProtocolCodec codec = new ProtocolCodec();

  ObjectNode object(Action action, ReceivedEnvelope envelope, Source source) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", Journal.GROUP + "/" + Journal.VERSION);
    object.put("kind", "AgentAction");
    object
        .putObject("metadata")
        .put("name", action.id().value())
        .putObject("labels")
        .put("app.kubernetes.io/managed-by", "kubernetes-agent");
    ObjectNode spec = object.putObject("spec");
    spec.set("envelope", json(envelope));
    spec.put("source", source.name().toLowerCase(Locale.ROOT));
    spec.put("type", action.type().wireName());
    spec.put("target", action.target().toString());
    return object;
  }

  JournalEntry entry(JsonNode object) {
    JsonNode spec = object.path("spec");
    JsonNode status = object.path("status");
    JsonNode metadata = object.path("metadata");
    return new JournalEntry(
        new ActionId(metadata.path("name").asString("")),
        ReceivedEnvelope.of(spec.path("envelope").toString()),
        Source.valueOf(spec.path("source").asString("poll").toUpperCase(Locale.ROOT)),
        Instant.parse(metadata.path("creationTimestamp").asString("")),
        Phase.of(status.path("phase").asString("")),
        status.path("attempts").asInt(0),
        instant(status.path("startedAt")),
        status.path("result").isObject()
            ? codec.decode(codec.encode(status.path("result")), ActionResult.class)
            : null,
        status.path("reported").asBoolean(false));
  }

  ObjectNode result(ActionResult result) {
    return codec.decode(codec.encode(result), ObjectNode.class);
  }

  /** Whether the object was made for the very payload of the envelope. */
  boolean isSamePayload(JsonNode object, ReceivedEnvelope envelope) {
    JsonNode kept = object.path("spec").path("envelope");
    JsonNode other = json(envelope);
    return kept.path("payload").equals(other.path("payload"))
        && kept.path("payloadType").equals(other.path("payloadType"));
  }

  private ObjectNode json(ReceivedEnvelope envelope) {
    return codec.decode(envelope.json(), ObjectNode.class);
  }

  private static @Nullable Instant instant(JsonNode value) {
    return value.isString() ? Instant.parse(value.stringValue()) : null;
  }
}
