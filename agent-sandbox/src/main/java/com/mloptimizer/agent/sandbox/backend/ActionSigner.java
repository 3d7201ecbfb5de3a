package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.envelope.EnvelopeSigner;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes the payloads of the protocol's sections 4 and 5 and signs them. */
final class ActionSigner {
  private final String clusterId;
  private final EnvelopeSigner signer;

  ActionSigner(String clusterId, SigningKey key) {
    this.clusterId = clusterId;
    this.signer = new EnvelopeSigner(key);
  }

  ReceivedEnvelope action(ActionId id, ActionDraft draft, Instant issuedAt) {
    ObjectNode action = JsonNodeFactory.instance.objectNode();
    action.put("id", id.value());
    action.put("cluster_id", clusterId);
    action.put("type", draft.type());
    action.set("parameters", draft.parameters());
    action.put("issued_at", issuedAt.toString());
    action.put("expires_at", issuedAt.plus(draft.validity()).toString());
    action.put("dry_run", draft.dryRun());
    return sign(PayloadType.ACTION, action);
  }

  ReceivedEnvelope config(long version, ObjectNode settings) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("cluster_id", clusterId);
    config.put("version", version);
    config.set("config", settings);
    return sign(PayloadType.CONFIG, config);
  }

  private ReceivedEnvelope sign(PayloadType type, ObjectNode payload) {
    return ReceivedEnvelope.of(
        signer.sign(type, payload.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
