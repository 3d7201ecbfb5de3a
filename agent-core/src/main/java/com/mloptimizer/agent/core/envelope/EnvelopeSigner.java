package com.mloptimizer.agent.core.envelope;

import java.util.Base64;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes envelopes: the backend's side, here for {@code agent sign} and for tests. */
public final class EnvelopeSigner {
  private final SigningKey key;

  /** Signs with this key. */
  public EnvelopeSigner(SigningKey key) {
    this.key = key;
  }

  /**
   * Signs a payload as it is.
   *
   * @return the envelope as JSON
   * @throws IllegalArgumentException if the payload is longer than any agent accepts
   */
  public String sign(PayloadType type, byte[] payload) {
    return sign(type.mediaType(), payload);
  }

  String sign(String payloadType, byte[] payload) {
    if (payload.length > Envelope.MAX_PAYLOAD) {
      throw new IllegalArgumentException(
          "the payload has %d bytes, at most %d are accepted"
              .formatted(payload.length, Envelope.MAX_PAYLOAD));
    }
    Base64.Encoder base64 = Base64.getEncoder();
    byte[] signature = key.hmac(Envelope.preAuthenticationEncoding(payloadType, payload));
    ObjectNode envelope = JsonNodeFactory.instance.objectNode();
    envelope.put("payloadType", payloadType);
    envelope.put("payload", base64.encodeToString(payload));
    ObjectNode entry = envelope.putArray("signatures").addObject();
    entry.put("keyid", key.keyId());
    entry.put("sig", base64.encodeToString(signature));
    return envelope.toString();
  }
}
