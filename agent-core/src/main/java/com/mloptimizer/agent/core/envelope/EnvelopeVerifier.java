package com.mloptimizer.agent.core.envelope;

import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.StrictJson;
import java.security.MessageDigest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an envelope is the backend's. Every signature, at most four, is tried against
 * every key and compared in constant time; {@code keyid} is a hint that decides nothing. Safe for
 * use by several threads.
 */
public final class EnvelopeVerifier {
  /** How many signatures of an envelope are looked at. */
  static final int MAX_SIGNATURES = 4;

  private final StrictJson json = new StrictJson();
  private final Supplier<Keyring> keys;

  /**
   * @param keys the keys in force, asked for every envelope
   */
  public EnvelopeVerifier(Supplier<Keyring> keys) {
    this.keys = keys;
  }

  /** What an envelope turned out to be. */
  public sealed interface Verification {

    /** The backend's. */
    final class Verified implements Verification {
      private final byte[] payload;

      private Verified(byte[] payload) {
        this.payload = payload;
      }

      /** The bytes that were signed. */
      public byte[] payload() {
        return payload.clone();
      }
    }

    /** Not to be believed, or not of the type that is allowed here. */
    record Rejected(RejectionReason reason, String message) implements Verification {}
  }

  /** Verifies an envelope that must carry this type of payload. */
  public Verification verify(ReceivedEnvelope received, PayloadType allowed) {
    @Nullable Envelope envelope = Envelope.parse(received.json(), json);
    if (envelope == null) {
      return new Verification.Rejected(
          RejectionReason.MALFORMED, "not a DSSE envelope of at most 64 KiB");
    }
    if (!isSigned(envelope)) {
      return new Verification.Rejected(
          RejectionReason.BAD_SIGNATURE, "no configured key made any of its signatures");
    }
    if (!envelope.payloadType().equals(allowed.mediaType())) {
      return new Verification.Rejected(
          RejectionReason.MALFORMED, "its payloadType must be " + allowed.mediaType());
    }
    return new Verification.Verified(envelope.payload());
  }

  private boolean isSigned(Envelope envelope) {
    byte[] message = Envelope.preAuthenticationEncoding(envelope.payloadType(), envelope.payload());
    boolean signed = false;
    for (SigningKey key : keys.get().keys()) {
      byte[] expected = key.hmac(message);
      for (byte[] signature : envelope.signatures()) {
        signed |= MessageDigest.isEqual(expected, signature);
      }
    }
    return signed;
  }
}
