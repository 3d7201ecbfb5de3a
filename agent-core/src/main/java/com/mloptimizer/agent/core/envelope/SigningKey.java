package com.mloptimizer.agent.core.envelope;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A shared secret of at least 32 bytes, and the name that tells it from others. Never prints
 * itself.
 */
public final class SigningKey {
  /** RFC 2104 advises against keys that are shorter than the hash. */
  public static final int MIN_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final String keyId;
  private final SecretKeySpec secret;

  private SigningKey(String keyId, SecretKeySpec secret) {
    this.keyId = keyId;
    this.secret = secret;
  }

  /**
   * The key of these bytes.
   *
   * @throws IllegalArgumentException if there are fewer than {@value #MIN_BYTES}
   */
  public static SigningKey of(String keyId, byte[] secret) {
    if (secret.length < MIN_BYTES) {
      throw new IllegalArgumentException(
          "key '%s' has %d bytes, at least %d are needed"
              .formatted(keyId, secret.length, MIN_BYTES));
    }
    return new SigningKey(keyId, new SecretKeySpec(secret, ALGORITHM));
  }

  /** The key of the text's UTF-8 bytes. */
  public static SigningKey of(String keyId, String secret) {
    return of(keyId, secret.getBytes(StandardCharsets.UTF_8));
  }

  /** Its name: a hint for whoever verifies, nothing more. */
  public String keyId() {
    return keyId;
  }

  byte[] hmac(byte[] message) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      return mac.doFinal(message);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    // The comparison of two SecretKeySpec takes the same time whatever they hold.
    return other instanceof SigningKey key && keyId.equals(key.keyId) && secret.equals(key.secret);
  }

  @Override
  public int hashCode() {
    return keyId.hashCode();
  }

  @Override
  public String toString() {
    return "SigningKey[" + keyId + ", ***]";
  }
}
