package com.mloptimizer.agent.actuator.journal;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How an entry is written as an {@code AgentAction} object, and read again. Reading never fails:
 * the object may be anybody's work.
 */
final class EntryFormat {
  private final ProtocolCodec codec = new ProtocolCodec();

  ObjectNode object(Action action, ReceivedEnvelope envelope, Source source, Instant receivedAt) {
    ObjectNode object = object(action.id());
    ObjectNode spec = object.putObject("spec");
    spec.put("envelope", new String(envelope.json(), StandardCharsets.UTF_8));
    spec.put("source", source.name().toLowerCase(Locale.ROOT));
    spec.put("type", action.type().wireName());
    spec.put("target", action.target().toString());
    spec.put("receivedAt", receivedAt.toString());
    spec.put("expiresAt", action.expiresAt().toString());
    return object;
  }

  /**
   * What replaces the status of an entry, if that is still as it was read. The API server keeps
   * everything else.
   *
   * @param changes to the status; null removes a field
   */
  ObjectNode replacement(JournalEntry entry, ObjectNode changes) {
    ObjectNode object = object(entry.id());
    object.withObject("/metadata").put("uid", entry.uid()).put("resourceVersion", entry.version());
    ObjectNode status = object.putObject("status");
    if (entry.startedAt() != null) {
      status.put("startedAt", entry.startedAt().toString());
    }
    if (!entry.progress().isEmpty()) {
      status.set("progress", entry.progress());
    }
    if (entry.cancelledBy() != null) {
      status.put("cancelledBy", entry.cancelledBy().value());
    }
    status.setAll(changes);
    status.removeNulls();
    return object;
  }

  private static ObjectNode object(ActionId id) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", Journal.GROUP + "/" + Journal.VERSION).put("kind", "AgentAction");
    object.putObject("metadata").put("name", id.value());
    return object;
  }

  /** The object as an entry; empty if its name is no action's id. */
  Optional<JournalEntry> entry(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    return ActionId.of(metadata.path("name").asString(""))
        .map(id -> entry(id, metadata, object.path("spec"), object.path("status")));
  }

  private JournalEntry entry(ActionId id, JsonNode metadata, JsonNode spec, JsonNode status) {
    return new JournalEntry(
        id,
        metadata.path("uid").asString(""),
        metadata.path("resourceVersion").asString(""),
        envelope(spec),
        spec.path("source").asString("").equals("websocket") ? Source.WEBSOCKET : Source.POLL,
        spec.path("type").asString(""),
        createdAt(metadata),
        instant(spec.path("receivedAt")),
        instant(spec.path("expiresAt")),
        Phase.of(status.path("phase").asString("")),
        status.path("attempts").asInt(0),
        instant(status.path("startedAt")),
        status.path("progress") instanceof ObjectNode progress
            ? progress
            : JsonNodeFactory.instance.objectNode(),
        ActionId.of(status.path("cancelledBy").asString("")).orElse(null),
        result(status.path("result")),
        status.path("reported").asBoolean(false));
  }

  /** What an object is that stands for no action. */
  JournalObject.Stranger stranger(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    return new JournalObject.Stranger(
        metadata.path("name").asString(""), metadata.path("uid").asString(""), createdAt(metadata));
  }

  ObjectNode result(ActionResult result) {
    return codec.decode(codec.encode(result), ObjectNode.class);
  }

  /** Whether the object was made for the very payload of the envelope. */
  boolean isSamePayload(JsonNode object, ReceivedEnvelope received) {
    try {
      JsonNode kept = codec.decode(envelope(object.path("spec")).json(), JsonNode.class);
      JsonNode other = codec.decode(received.json(), JsonNode.class);
      return payload(kept).equals(payload(other))
          && kept.path("payloadType").equals(other.path("payloadType"));
    } catch (JacksonException e) {
      return false; // What is kept is nobody's envelope.
    }
  }

  private static ReceivedEnvelope envelope(JsonNode spec) {
    return ReceivedEnvelope.of(spec.path("envelope").asString(""));
  }

  /**
   * The payload in the standard alphabet: DSSE lets the sender choose, each time anew. Of a
   * verified one there is one spelling in each, so that equal texts mean equal bytes.
   */
  private static String payload(JsonNode envelope) {
    return envelope.path("payload").asString("").replace('-', '+').replace('_', '/');
  }

  private @Nullable ActionResult result(JsonNode json) {
    if (!json.isObject()) {
      return null;
    }
    try {
      return codec.decode(codec.encode(json), ActionResult.class);
    } catch (JacksonException e) {
      return null; // The entry counts as damaged.
    }
  }

  private static Instant createdAt(JsonNode metadata) {
    @Nullable Instant created = instant(metadata.path("creationTimestamp"));
    return created == null ? Instant.EPOCH : created;
  }

  private static @Nullable Instant instant(JsonNode value) {
    try {
      return value.isString() ? Instant.parse(value.stringValue()) : null;
    } catch (DateTimeParseException e) {
      return null; // Of the form that the schema asks for, but no time.
    }
  }
}
