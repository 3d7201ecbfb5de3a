package com.mloptimizer.agent.core.envelope;

import com.mloptimizer.agent.core.protocol.StrictJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A DSSE envelope, taken apart but not verified. */
final class Envelope {
  /** Longest payload, in bytes. */
  static final int MAX_PAYLOAD = 64 * 1024;

  /** Longest envelope, in bytes: the payload in base64, signatures and room. */
  static final int MAX_ENVELOPE = 2 * MAX_PAYLOAD;

  private final String payloadType;
  private final byte[] payload;
  private final List<byte[]> signatures;

  private Envelope(String payloadType, byte[] payload, List<byte[]> signatures) {
    this.payloadType = payloadType;
    this.payload = payload;
    this.signatures = signatures;
  }

  String payloadType() {
    return payloadType;
  }

  byte[] payload() {
    return payload;
  }

  List<byte[]> signatures() {
    return signatures;
  }

  /**
   * Takes an envelope apart. Fields that DSSE does not know are ignored, as it demands.
   *
   * @return null if the bytes are no envelope
   */
  static @Nullable Envelope parse(byte[] json, StrictJson strict) {
    if (json.length > MAX_ENVELOPE) {
      return null;
    }
    try {
      ObjectNode fields = strict.readObject(json);
      if (!fields.path("payloadType").isString()
          || !fields.path("payload").isString()
          || !fields.path("signatures").isArray()) {
        return null;
      }
      byte[] payload = base64(fields.path("payload").stringValue());
      return payload.length > MAX_PAYLOAD
          ? null
          : new Envelope(
              fields.path("payloadType").stringValue(),
              payload,
              signatures(fields.path("signatures")));
    } catch (JacksonException | IllegalArgumentException e) {
      return null; // Said by the caller, without a word of the envelope.
    }
  }

  private static List<byte[]> signatures(JsonNode array) {
    List<byte[]> signatures = new ArrayList<>();
    for (JsonNode element : array) {
      if (signatures.size() == EnvelopeVerifier.MAX_SIGNATURES) {
        break;
      }
      if (!element.path("sig").isString()
          || (element.has("keyid") && !element.path("keyid").isString())) {
        throw new IllegalArgumentException("a signature is an object of sig and keyid");
      }
      signatures.add(base64(element.path("sig").stringValue()));
    }
    return signatures;
  }

  /** Padded base64 in either alphabet of RFC 4648, as DSSE has it; one spelling for each value. */
  private static byte[] base64(String text) {
    boolean urlSafe = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
    Base64.Decoder decoder = urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder();
    Base64.Encoder encoder = urlSafe ? Base64.getUrlEncoder() : Base64.getEncoder();
    byte[] bytes = decoder.decode(text);
    if (!encoder.encodeToString(bytes).equals(text)) {
      throw new IllegalArgumentException("padding or unused bits are wrong");
    }
    return bytes;
  }

  /** DSSE's pre-authentication encoding: what is signed. */
  static byte[] preAuthenticationEncoding(String payloadType, byte[] payload) {
    byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + type.length + 32);
    out.writeBytes(("DSSEv1 " + type.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(type);
    out.writeBytes((" " + payload.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(payload);
    return out.toByteArray();
  }
}
